import * as z from 'zod'
import type { DefinitionFiles } from '../definition/definition-files.ts'
import { sourceOf } from '../definition/read-texts.ts'
import { definitionSchema } from '../definition/schema.ts'
import { changeDoc, changed, errorDoc, okAnswer, refusal } from './answers.ts'
import { type BodyRules, type Endpoint, endpoint } from './endpoint.ts'

const tag = 'apis'
const params = { id: 'The api_id' }

/** A definition is checked as a whole when it is written: the reasons that it is refused for are those that a load has. */
const body: BodyRules<Record<string, unknown>> = { schema: z.record(z.string(), z.unknown()), malformed: 'admin_body_malformed' }

/** A definition as it is in its file. */
const definitionDoc = z
  .looseObject({ api_id: z.string(), name: z.string() })
  .describe(`Fields: ${Object.keys(definitionSchema.shape).join(', ')}`)

/** `/tyk/apis`. What is written takes effect with the next reload. */
export function apiEndpoints(files: DefinitionFiles): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/apis',
      summary: 'List the definitions that are loaded',
      tag,
      responses: { 200: { description: 'The definitions, as their files have them', schema: z.array(definitionDoc) } },
      handle: () => okAnswer(files.all()),
    }),
    endpoint({
      method: 'get',
      path: '/tyk/apis/{id}',
      summary: 'Read a definition that is loaded',
      tag,
      params,
      responses: {
        200: { description: 'The definition; `x-tyk-base-api-id` names the API that it is a version of', schema: definitionDoc },
        ...errorDoc('api_not_found'),
      },
      handle({ params: { id = '' } }) {
        const found = files.find(id)
        if (!found) return refusal('api_not_found')
        const base = files.baseOf(id)
        return { ...okAnswer(sourceOf(found)), ...(base !== undefined && { headers: { 'x-tyk-base-api-id': base } }) }
      },
    }),
    endpoint({
      method: 'post',
      path: '/tyk/apis',
      summary: 'Write a new definition',
      tag,
      body,
      responses: {
        200: changeDoc('The definition is in `app_path`, and served after a reload'),
        ...errorDoc('admin_body_malformed', 'api_invalid', 'api_id_taken', 'admin_id_unfit'),
        ...errorDoc('admin_file_not_written', 'apis_not_writable'),
      },
      handle: async ({ body: definition }) => changed({ key: await files.add(definition), action: 'added' }),
    }),
    endpoint({
      method: 'put',
      path: '/tyk/apis/{id}',
      summary: 'Write another definition in place of one',
      tag,
      params,
      body,
      responses: {
        200: changeDoc('The definition is in `app_path`, and served after a reload'),
        ...errorDoc('admin_body_malformed', 'api_invalid', 'api_id_differs'),
        ...errorDoc('api_not_found'),
        ...errorDoc('admin_file_not_written', 'apis_not_writable'),
      },
      async handle({ params: { id = '' }, body: definition }) {
        if (definition.api_id !== id) return refusal('api_id_differs')
        await files.replace(id, definition)
        return changed({ key: id, action: 'modified' })
      },
    }),
    endpoint({
      method: 'delete',
      path: '/tyk/apis/{id}',
      summary: 'Delete a definition',
      tag,
      params,
      responses: {
        200: changeDoc('Its file is gone, and it is served no more after a reload'),
        ...errorDoc('api_not_found'),
        ...errorDoc('admin_file_not_deleted', 'apis_not_writable'),
      },
      async handle({ params: { id = '' } }) {
        await files.remove(id)
        return changed({ key: id, action: 'deleted' })
      },
    }),
  ]
}
