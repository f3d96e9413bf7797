import * as z from 'zod'
import { errorDoc, okAnswer, refusal } from './answers.ts'
import { type Endpoint, endpoint, text } from './endpoint.ts'

/** How many requests are listed unless the query says otherwise, and at most. */
const USUAL_LIMIT = 20
const LARGEST_LIMIT = 1000

const milliseconds = (description: string) => z.number().describe(`${description}, in milliseconds`)

const stepSchema = z.strictObject({
  name: z.string().describe('The plugin as the definition names it, a built-in step, or `proxy`'),
  phase: z.string().describe('Where in the chain, or `proxy`'),
  api_id: z.string().describe('Whose step it is: of another API behind a loop'),
  outcome: z
    .enum(['go-on', 'done', 'answered', 'refused', 'threw', 'skipped', 'gone'])
    .describe('What came of it; docs/explain.md has what each means'),
  at_ms: milliseconds('When it began, after the request did'),
  ms: milliseconds('How long it ran, without the steps that ran inside it'),
  depth: z.int().describe('How many steps it ran inside of'),
  error: z.string().optional().describe('What it failed or refused with'),
  code: z.string().optional().describe('The code of that, for instance `plugin_timeout`'),
})

const upstreamSchema = z.strictObject({
  addr: z.string().describe('Host and port of the one that was asked last'),
  status: z.int().optional().describe('Missing where it did not answer'),
  ms: milliseconds('How long it took to begin its answer'),
  attempts: z
    .array(z.strictObject({ addr: z.string(), status: z.int().optional(), reason: z.string() }))
    .optional()
    .describe('The calls before that one, and why another followed'),
})

const placeSchema = z.strictObject({ name: z.string(), hook: z.string() })

export const requestSchema = z.strictObject({
  id: z.string(),
  time: z.string().describe('When it came in, ISO 8601'),
  worker: z.int().describe('The number of the process that served it'),
  api_id: z.string().describe('The API that served it in the end'),
  api_name: z.string(),
  api_version: z.string().optional(),
  method: z.string(),
  path: z.string().describe('As the client sent it'),
  query: z.array(z.string()).optional().describe('The names in the query; their values are not shown'),
  status: z.int().describe('499 where the client went away before it was answered'),
  api_key: z.string().optional().describe('The last characters of the key, or what it is stored under where keys are hashed'),
  client_ip: z.string(),
  total_ms: milliseconds('From its first step to the last byte of its response'),
  upstream: upstreamSchema.optional().describe('Missing where none was asked'),
  error: z.strictObject({ code: z.string().optional(), message: z.string() }).optional().describe('What it failed with'),
  answered_by: placeSchema.optional().describe('The plugin whose answer it got; missing where no plugin answered'),
  plugin_failures: z
    .array(placeSchema.extend({ code: z.string(), skipped: z.boolean().describe('Whether the request went on without it') }))
    .optional()
    .describe('The plugins that failed, or could not be called'),
  steps: z.array(stepSchema).optional().describe('In the order in which they began; missing where they were not recorded'),
})

/** A request that has ended, as it is shown. */
export type ShownRequest = z.infer<typeof requestSchema>

const statusPattern = /^(?:[1-5]xx|[1-5]\d\d)$/
const numberOf = (description: string, most: number) =>
  z
    .string()
    .refine((digits) => /^\d+$/.test(digits) && Number(digits) <= most, `expected a whole number of at most ${most}`)
    .optional()
    .describe(description)

const filterSchema = z.object({
  status: z
    .string()
    .refine((status) => statusPattern.test(status), 'expected a status such as 502, or a class such as 5xx')
    .optional()
    .describe('A status, for instance `502`, or a class of them: `5xx`'),
  api: text('The `api_id`'),
  method: text('The method'),
  path: text('What the path begins with'),
  code: text('The code of what the request, or one of its steps, failed with'),
  step: text('The name of a step that it took, for instance of a plugin'),
  slower_than: numberOf('How long it took at least, in milliseconds', 86_400_000),
  limit: numberOf(`How many, from the newest on. Default ${USUAL_LIMIT}, at most ${LARGEST_LIMIT}`, LARGEST_LIMIT),
})

/** Which requests are asked for; what is missing does not matter. */
export interface RequestFilter extends Omit<z.infer<typeof filterSchema>, 'slower_than' | 'limit'> {
  readonly slowerThan: number
  readonly limit: number
}

/** The requests that are kept, of every process of the gateway. Null where the configuration turns that off. */
export interface RequestTools {
  readonly requests: RequestLog | null
}

export interface RequestLog {
  find(id: string): Promise<ShownRequest | undefined>
  /** From the newest to the oldest. */
  list(filter: RequestFilter): Promise<ShownRequest[]>
}

const tag = 'requests'

/** `/tyk/requests`. */
export function requestEndpoints({ requests }: RequestTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/requests',
      summary: 'List the latest requests, with the steps that each has taken',
      tag,
      query: filterSchema,
      responses: {
        200: { description: 'From the newest to the oldest', schema: z.strictObject({ requests: z.array(requestSchema) }) },
        ...errorDoc('admin_query_malformed'),
        ...errorDoc('requests_not_kept'),
      },
      async handle({ query: { slower_than: slowerThan = '0', limit = String(USUAL_LIMIT), ...filter } }) {
        if (!requests) return refusal('requests_not_kept')
        const found = await requests.list({ ...filter, slowerThan: Number(slowerThan), limit: Number(limit) })
        return okAnswer({ requests: found })
      },
    }),
    endpoint({
      method: 'get',
      path: '/tyk/requests/{id}',
      summary: 'Show a request, with the steps that it has taken',
      tag,
      params: { id: 'Its id, as in the log' },
      responses: {
        200: { description: 'The request', schema: requestSchema },
        ...errorDoc('request_not_kept', 'requests_not_kept'),
      },
      async handle({ params: { id = '' } }) {
        if (!requests) return refusal('requests_not_kept')
        const found = await requests.find(id)
        return found ? okAnswer(found) : refusal('request_not_kept')
      },
    }),
  ]
}
