import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'
import { failure, type PosternError, textOf } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { formatPath, valueAt } from '../../json/json-path.ts'
import { withoutNulls } from '../../json/without-nulls.ts'
import type { Logger } from '../../log.ts'
import { answerToError, refusal } from './answers.ts'
import type { AdminRequest, Answer, BodyRules, Endpoint } from './endpoint.ts'
import { forHost } from './for-host.ts'
import { requireSecret } from './require-secret.ts'

/** The largest body: a definition with thousands of rules is well below. */
const LARGEST_BODY = 10 * 1024 * 1024

/** Properties whose values are never shown. */
const secrets: ReadonlySet<PropertyKey> = new Set(['basic_auth_data', 'jwt_data', 'hmac_string', 'oauth_keys'])

/** What stands in front of everything that needs the secret. */
export const SECURED = '/tyk/'

export interface RouterOptions {
  /** What everything under `/tyk/` needs; '' lets nobody in, null means that there is nothing there. */
  readonly secret: string | null
  /** The host that requests under `/tyk/` have to be for; '' means any. */
  readonly hostname: string
  readonly log: Logger
}

/** Routes by a table of endpoints. */
export function routerOf(endpoints: readonly Endpoint[], { secret, hostname, log }: RouterOptions): Hono {
  const app = new Hono({ strict: false })
  app.onError((error, c) => send(c, noted(error, log)))
  if (hostname !== '') app.use(`${SECURED}*`, forHost(hostname))
  if (secret !== null) app.use(`${SECURED}*`, requireSecret(secret))
  // Paths without a name in them come first: `/tyk/keys/preview` is no key.
  const ordered = [...endpoints].sort((a, b) => names(a) - names(b))
  for (const endpoint of ordered) {
    app.on(endpoint.method.toUpperCase(), honoPath(endpoint), async (c) => send(c, await answerOf(endpoint, c)))
  }
  for (const path of new Set(ordered.map(honoPath))) app.all(path, (c) => send(c, refusal('admin_method_unsupported')))
  if (secret !== null) app.all(`${SECURED}*`, (c) => send(c, refusal('not_found')))
  app.notFound((c) => c.text(failure('not_found', undefined).client, 404))
  return app
}

function names({ path }: Endpoint): number {
  return path.split('{').length
}

function honoPath({ path }: Endpoint): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function send(c: Context, { status, body, headers }: Answer): Response {
  return c.json(body as object, status as ContentfulStatusCode, headers)
}

/** What nobody has thought of is the gateway's fault, and goes to the log. */
function noted(error: unknown, log: Logger): Answer {
  const answer = answerToError(error)
  if (answer.status >= 500) log.error({ err: error }, textOf(error))
  // What is left of the body is not read, so that nothing can follow it on this connection.
  return answer.status === 413 ? { ...answer, headers: { connection: 'close' } } : answer
}

async function answerOf(endpoint: Endpoint, c: Context): Promise<Answer> {
  const { body: rules, file } = endpoint
  const body = file ? await bytesOf(c.req.raw, file.largest, file.tooLarge) : rules && (await readBody(rules, c))
  const query = endpoint.query ? readQuery(endpoint.query, c) : {}
  const request: AdminRequest = { params: c.req.param() as Record<string, string>, query, body }
  return await endpoint.handle(request as AdminRequest<never, never>)
}

/** @throws `admin_query_malformed` */
function readQuery(schema: z.ZodObject, c: Context): AdminRequest['query'] {
  const given = c.req.query()
  const { data, error } = schema.safeParse(given)
  if (data) return data as AdminRequest['query']
  const problems = error.issues.map(({ path, message }) => {
    return `${formatPath(path)}: ${message}, found ${show(valueAt(given, path))}`
  })
  throw failure('admin_query_malformed', { problems })
}

/** @throws what the rules say of a body that is malformed */
async function readBody({ schema, malformed, nullsIn }: BodyRules<unknown>, c: Context): Promise<unknown> {
  const bytes = await bytesOf(c.req.raw, LARGEST_BODY, () => failure('admin_body_too_large', undefined))
  const json = parsed(bytes.toString(), malformed)
  const { data, error } = schema.safeParse(nullsIn ? withoutNulls(json, nullsIn) : json)
  if (!error) return data
  const problems = error.issues.map((issue) => {
    const isSecret = issue.path.some((name) => secrets.has(name))
    const text = describeIssue(issue, isSecret ? 'a hidden value' : show(valueAt(json, issue.path)))
    return issue.path.length === 0 ? text : `${formatPath(issue.path)}: ${text}`
  })
  throw failure(malformed as 'admin_body_malformed', { problems })
}

/** Hono's own limit makes requests of the global class of what is none. */
async function bytesOf({ body }: Request, largest: number, tooLarge: () => PosternError): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > largest) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parsed(text: string, malformed: BodyRules<unknown>['malformed']): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failure(malformed as 'admin_body_malformed', { problems: ['expected JSON'] })
  }
}
