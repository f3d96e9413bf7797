import * as z from 'zod'
import { errorDoc, okAnswer, refusal } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { requestSchema, type ShownRequest } from './requests.ts'

/** A method (RFC 9110 §5.6.2); CONNECT is none that a gateway takes. */
const METHOD = /^(?!CONNECT$)[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const triedSchema = z.strictObject({
  method: z
    .string()
    .refine((method) => METHOD.test(method), 'expected a method such as GET')
    .default('GET'),
  path: z
    .string()
    .refine((path) => /^\/[!-~]*$/.test(path), 'expected a path as a client sends it, beginning with "/"')
    .describe('Path and query as a client sends them, listen path included'),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  body: z.string().default(''),
})

const bodySchema = z.looseObject({
  request: triedSchema.optional(),
  spec: z.record(z.string(), z.unknown()).optional().describe('An API definition, as a file in `app_path` has it'),
})

const resultSchema = z.strictObject({
  message: z.string().describe('`ok`, or why there is less than that'),
  response: z.string().describe('What the client got, as HTTP has it: status line, headers, body'),
  logs: z.string().describe('What was logged meanwhile, a line of JSON each'),
  trace: requestSchema.optional().describe('The steps of the request; missing where the definition does not listen on its path'),
})

/** A request that is to be tried against a definition. */
export interface Trial {
  readonly request: z.infer<typeof triedSchema>
  readonly definition: Readonly<Record<string, unknown>>
}

/** What came of it. */
export interface TrialResult {
  readonly message: string
  readonly response: string
  readonly logs: string
  /** null where no API took it. */
  readonly trace: ShownRequest | null
}

export interface DebugTools {
  /**
   * Runs one request through a definition that is not loaded.
   *
   * @throws `debug_spec_invalid`, `debug_request_unsendable`, `debug_busy`, `debug_timeout`
   */
  tryRequest(trial: Trial): Promise<TrialResult>
}

/** `/tyk/debug`. */
export function debugEndpoints({ tryRequest }: DebugTools): Endpoint[] {
  return [
    endpoint({
      method: 'post',
      path: '/tyk/debug',
      summary: 'Run one request through a definition without loading it',
      tag: 'requests',
      body: { schema: bodySchema, malformed: 'admin_body_malformed' },
      responses: {
        200: { description: 'What the client would have got, and the steps to it', schema: resultSchema },
        ...errorDoc(
          'admin_body_malformed',
          'debug_spec_missing',
          'debug_request_missing',
          'debug_spec_invalid',
          'debug_request_unsendable',
        ),
        ...errorDoc('debug_busy'),
        ...errorDoc('debug_timeout'),
      },
      async handle({ body: { request, spec } }) {
        if (!spec) return refusal('debug_spec_missing')
        if (!request) return refusal('debug_request_missing')
        const { trace, ...result } = await tryRequest({ request, definition: spec })
        return okAnswer({ ...result, ...(trace && { trace }) })
      },
    }),
  ]
}
