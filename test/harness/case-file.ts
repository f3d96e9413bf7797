import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** What a header is to be: one value, the values of its lines in order, absent, or matching a regular expression. */
const header = z.union([
  z.string(),
  z.array(z.string()),
  z.strictObject({ absent: z.literal(true) }),
  z.strictObject({ matches: z.string() }),
])

/** What the client sends. A list of values sends one header line each. */
const request = z.strictObject({
  method: z.string().default('GET'),
  path: z.string(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  body: z.string().optional(),
})

/** What the upstream answers in this step, instead of describing the request. */
const answer = z.strictObject({
  /** The upstream reads the request, and says nothing. */
  silent: z.literal(true).optional(),
  status: z.int().default(200),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  /** Encodes the body, and says so in Content-Encoding. */
  encoding: z.enum(['gzip', 'br', 'deflate', 'zstd']).optional(),
})

/** What is to reach the upstream; the fields hold for the last request of the step. */
const upstream = z.strictObject({
  count: z.int().default(1),
  method: z.string().optional(),
  path: z.string().optional(),
  headers: z.record(z.string(), header).default({}),
  body: z.string().optional(),
})

const expectation = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), header).default({}),
  body: z.string().optional(),
  /** What the JSON body holds, among other things. */
  json: z.json().optional(),
  bodyMatches: z.string().optional(),
  /** `null`: the upstream is not reached. */
  upstream: upstream.nullable().optional(),
  /** What `GET /tyk/requests` tells of the request. */
  explain: z
    .strictObject({
      /** Its steps in order: `> pre Plugin: skipped (plugin_threw)`, with `> ` for each step that it ran inside of. */
      steps: z.array(z.string()).optional(),
      /** What it tells besides, among other things. */
      request: z.record(z.string(), z.json()).default({}),
    })
    .optional(),
  /**
   * What the record of the request holds, among other things, or parts of it that a record with the type `file` has; `null`: it is not
   * recorded, which the next record that is expected shows.
   */
  record: z.record(z.string(), z.json()).nullable().optional(),
  /** Texts that the log has got by the end of the step, each within one line. */
  log: z.array(z.string()).default([]),
})

const caseSchema = z.strictObject({
  $schema: z.string().optional(),
  title: z.string(),
  /** What is wrong with the definitions, each a part of the message of one that fails; the others load. */
  problems: z.array(z.string()).default([]),
  /** What is warned about when the definitions are loaded, each within a line of the log. */
  warnings: z.array(z.string()).default([]),
  steps: z
    .array(
      z.strictObject({
        title: z.string().optional(),
        /** The gateway loads everything anew before the request. */
        reload: z.literal(true).optional(),
        request,
        answer: answer.optional(),
        expect: expectation,
      }),
    )
    .min(1),
})

export type Case = z.infer<typeof caseSchema>
export type Step = Case['steps'][number]
export type Expectation = z.infer<typeof expectation>
export type HeaderExpectation = z.infer<typeof header>

/** Reads a case.json. A key that is not known fails, so that no expectation is passed over in silence. */
export function readCase(file: string): Case {
  const { success, data, error } = caseSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!success) throw new Error(`${file} is not a case: ${z.prettifyError(error)}`)
  return data
}
