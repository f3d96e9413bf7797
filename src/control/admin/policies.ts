import * as z from 'zod'
import { type PolicyFields, policySchema } from '../../session/policy/policy.ts'
import type { PolicyFiles } from '../policy/policy-files.ts'
import { changeDoc, changed, errorDoc, okAnswer, refusal } from './answers.ts'
import { type BodyRules, type Endpoint, endpoint } from './endpoint.ts'

const tag = 'policies'
const params = { id: 'What keys call the policy' }
const body: BodyRules<PolicyFields> = { schema: policySchema, malformed: 'admin_body_malformed', nullsIn: new Set(['meta_data']) }

/** `/tyk/policies`. What is written takes effect with the next reload. */
export function policyEndpoints(files: PolicyFiles): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/policies',
      summary: 'List the policies that are loaded',
      tag,
      responses: { 200: { description: 'The policies', schema: z.array(policySchema) } },
      handle: () => okAnswer(files.all()),
    }),
    endpoint({
      method: 'get',
      path: '/tyk/policies/{id}',
      summary: 'Read a policy that is loaded',
      tag,
      params,
      responses: { 200: { description: 'The policy', schema: policySchema }, ...errorDoc('policy_not_found') },
      handle({ params: { id = '' } }) {
        const policy = files.find(id)
        return policy ? okAnswer(policy) : refusal('policy_not_found')
      },
    }),
    endpoint({
      method: 'post',
      path: '/tyk/policies',
      summary: 'Write a new policy',
      tag,
      body,
      responses: {
        200: changeDoc('The policy is in `policy_path`, and applied after a reload'),
        ...errorDoc('admin_body_malformed', 'policy_without_id', 'policy_id_taken', 'admin_id_unfit'),
        ...errorDoc('policies_not_writable', 'admin_file_not_written'),
      },
      async handle({ body: policy }) {
        const id = files.idOf(policy)
        if (id === '') return refusal('policy_without_id')
        await files.add(id, policy)
        return changed({ key: id, action: 'added' })
      },
    }),
    endpoint({
      method: 'put',
      path: '/tyk/policies/{id}',
      summary: 'Write another policy in place of one',
      tag,
      params,
      body,
      responses: {
        200: changeDoc('The policy is in `policy_path`, and applied after a reload'),
        ...errorDoc('admin_body_malformed', 'policy_id_differs'),
        ...errorDoc('policy_not_found'),
        ...errorDoc('policies_not_writable', 'admin_file_not_written'),
      },
      async handle({ params: { id = '' }, body: policy }) {
        const own = files.idOf(policy)
        if (own !== '' && own !== id) return refusal('policy_id_differs')
        await files.replace(id, own === '' ? { ...policy, id } : policy)
        return changed({ key: id, action: 'modified' })
      },
    }),
    endpoint({
      method: 'delete',
      path: '/tyk/policies/{id}',
      summary: 'Delete a policy',
      tag,
      params,
      responses: {
        200: changeDoc('Its file is gone, and it is applied no more after a reload'),
        ...errorDoc('policy_not_found'),
        ...errorDoc('policies_not_writable', 'admin_file_not_deleted'),
      },
      async handle({ params: { id = '' } }) {
        await files.remove(id)
        return changed({ key: id, action: 'deleted' })
      },
    }),
  ]
}
