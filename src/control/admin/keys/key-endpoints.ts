import * as z from 'zod'
import { failure, isFailure, textOf } from '../../../errors.ts'
import type { FoundKey, KeyBook, KeyReference } from '../../../session/keys/key-book.ts'
import { sessionSchema } from '../../../session/session-schema.ts'
import { changeDoc, changed, errorDoc, okAnswer, refusal } from '../answers.ts'
import { type Endpoint, endpoint, flag, isOn, text } from '../endpoint.ts'
import { createEndpoints, type KeyTools, sessionBody } from './create-endpoints.ts'

const tag = 'keys'
const params = { id: 'The key; with `hashed` what it is stored under, with `username` the name of a user' }

const whichKey = {
  hashed: flag('The id is what the key is stored under'),
  username: flag('The id is the name of a user of `org_id`'),
  org_id: text('The organisation that the key is of'),
}

const policiesSchema = z
  .looseObject({
    policy: z.string().optional().describe('One policy, where `apply_policies` is missing'),
    apply_policies: z.array(z.string()).optional(),
  })
  .refine(
    ({ policy, apply_policies: ids }) => policy !== undefined || ids !== undefined,
    'expected policy or apply_policies, found neither',
  )

/** `/tyk/keys`. */
export function keyEndpoints(tools: KeyTools): Endpoint[] {
  const { book } = tools
  return [
    endpoint({
      method: 'get',
      path: '/tyk/keys',
      summary: 'List what keys are stored under',
      tag,
      query: z.object({ filter: text('What they begin with'), api_id: text('Keys for this API alone') }),
      responses: {
        200: { description: 'The keys', schema: z.strictObject({ keys: z.array(z.string()) }) },
        ...errorDoc('keys_not_listed'),
      },
      async handle({ query: { filter, api_id: apiId } }) {
        if (book.hashed && !tools.listHashedKeys) return refusal('keys_not_listed')
        return okAnswer({ keys: await book.list({ prefix: filter, apiId }) })
      },
    }),
    ...createEndpoints(tools),
    endpoint({
      method: 'get',
      path: '/tyk/keys/{id}',
      summary: 'Read a key, with its policies and how far its quotas are used',
      tag,
      params,
      query: z.object({ ...whichKey, api_id: text('An API of the organisation that the key is of') }),
      responses: { 200: { description: 'Its session', schema: sessionSchema }, ...errorDoc('key_not_found') },
      async handle({ params: { id = '' }, query }) {
        const found = await book.find(referenceTo(id, query, tools))
        return found ? okAnswer(await book.read(found)) : refusal('key_not_found')
      },
    }),
    endpoint({
      method: 'put',
      path: '/tyk/keys/{id}',
      summary: 'Put another session in place of that of a key',
      tag,
      params,
      query: z.object({ ...whichKey, suppress_reset: flag('What is used of its quotas stays used') }),
      body: sessionBody('admin_body_malformed'),
      responses: {
        200: changeDoc('The key has been changed, at once and for every gateway'),
        ...errorDoc('admin_body_malformed'),
        ...errorDoc('key_not_updatable'),
        ...errorDoc('key_not_created'),
      },
      async handle({ params: { id = '' }, query, body: session }) {
        const found = await book.find(referenceTo(id, { ...query, org_id: query.org_id ?? session.org_id }, tools))
        if (!found) return refusal('key_not_updatable')
        await book.update(found, session, { keepQuotas: isOn(query.suppress_reset) })
        return changed({ key: id, action: 'modified', ...hashOf(found, book) })
      },
    }),
    endpoint({
      method: 'delete',
      path: '/tyk/keys/{id}',
      summary: 'Delete a key',
      tag,
      params,
      query: z.object({ ...whichKey, api_id: text('An API of the organisation that the key is of') }),
      responses: {
        200: changeDoc('The key is gone, at once and for every gateway'),
        ...errorDoc('key_not_deletable'),
        ...errorDoc('key_not_deleted'),
      },
      async handle({ params: { id = '' }, query }) {
        const found = await book.find(referenceTo(id, query, tools))
        if (!found || !(await deleted(book, found))) return refusal('key_not_deletable')
        return changed({ key: id, action: 'deleted', ...hashOf(found, book) })
      },
    }),
    endpoint({
      method: 'post',
      path: '/tyk/keys/policy/{id}',
      summary: 'Give a key other policies',
      tag,
      params: { id: 'What the key is stored under, or the key' },
      body: { schema: policiesSchema, malformed: 'admin_body_malformed' },
      responses: {
        200: changeDoc('The key has these policies now'),
        ...errorDoc('admin_body_malformed'),
        ...errorDoc('key_not_found'),
        ...errorDoc('key_not_created'),
      },
      async handle({ params: { id = '' }, body: { policy, apply_policies: ids } }) {
        const found = (await book.find({ id, orgId: '', as: 'stored' })) ?? (await book.find({ id, orgId: '', as: 'key' }))
        if (!found) return refusal('key_not_found')
        const { apply_policy_id: _, ...session } = found.session
        await book.update(found, { ...session, apply_policies: ids ?? [policy as string] }, { keepQuotas: true })
        return changed({ key: id, action: 'updated', ...hashOf(found, book) })
      },
    }),
  ]
}

type WhichKey = Readonly<Partial<Record<'hashed' | 'username' | 'org_id' | 'api_id', string | undefined>>>

function referenceTo(id: string, query: WhichKey, { orgOf }: KeyTools): KeyReference {
  const orgId = (query.api_id && orgOf(query.api_id)) ?? query.org_id ?? ''
  return { id, orgId, as: isOn(query.hashed) ? 'stored' : isOn(query.username) ? 'user' : 'key' }
}

function hashOf({ stored }: FoundKey, { hashed }: KeyBook): { key_hash?: string } {
  return hashed ? { key_hash: stored } : {}
}

/** @throws `key_not_deleted` where the store fails */
async function deleted(book: KeyBook, found: FoundKey): Promise<boolean> {
  try {
    return await book.delete(found)
  } catch (cause) {
    throw isFailure(cause, 'key_not_deleted') ? cause : failure('key_not_deleted', { reason: textOf(cause) }, cause)
  }
}
