import * as z from 'zod'
import { policySchema } from '../../session/policy/policy.ts'
import { sessionSchema } from '../../session/session-schema.ts'
import { configSchema } from '../config/schema.ts'
import { definitionJsonSchema, jsonSchemaOf } from '../definition/json-schema.ts'
import { errorDoc, okAnswer, refusal } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

export interface InspectionTools {
  /** The configuration as it takes effect, without what is secret; null where it is not to be shown. */
  readonly shownConfig: Readonly<Record<string, unknown>> | null
}

/** What there are schemas of, each made of what checks it. */
const schemas = {
  definition: definitionJsonSchema,
  config: () => jsonSchemaOf(configSchema),
  policy: () => jsonSchemaOf(policySchema),
  key: () => jsonSchemaOf(sessionSchema),
} as const

const kinds = Object.keys(schemas) as (keyof typeof schemas)[]
const kindExpected = `expected one of ${kinds.join(', ')}`

const kind = z
  .enum(kinds, kindExpected)
  .optional()
  .describe('Of what: `definition` (the default), `config` (gateway.conf), `policy`, or `key` (a session)')

/** `/tyk/schema` and `/tyk/config`. */
export function inspectionEndpoints({ shownConfig }: InspectionTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/schema',
      summary: 'Show the JSON Schema of a definition, of gateway.conf, of a policy or of a key',
      tag: 'status',
      query: z.object({ kind }),
      responses: {
        200: {
          description: 'The schema, of draft 2020-12',
          schema: z.strictObject({
            status: z.literal('ok'),
            message: z.string(),
            schema: z.record(z.string(), z.unknown()),
          }),
        },
        ...errorDoc('admin_query_malformed'),
      },
      handle: ({ query: { kind = 'definition' } }) => okAnswer({ status: 'ok', message: '', schema: schemas[kind]() }),
    }),
    endpoint({
      method: 'get',
      path: '/tyk/config',
      summary: 'Show the configuration as it takes effect, secrets hidden',
      tag: 'status',
      responses: {
        200: { description: 'The keys of gateway.conf', schema: z.record(z.string(), z.unknown()) },
        ...errorDoc('config_not_shown'),
      },
      handle: () => (shownConfig ? okAnswer(shownConfig) : refusal('config_not_shown')),
    }),
  ]
}
