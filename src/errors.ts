/**
 * The error catalogue: every message that Postern writes, in one place. An entry has the HTTP status and the text that
 * a client sees (`null`: never sent to a client, who gets 500 `Internal Server Error`), and the text for the log.
 */

interface Entry<Details> {
  readonly status: number
  readonly client: string | null
  readonly message: (details: Details) => string
}

function entry<Details = void>(status: number, client: string | null, message: (details: Details) => string): Entry<Details> {
  return { status, client, message }
}

/** An entry whose log text is the client's text. */
function answer(status: number, client: string): Entry<void> {
  return entry(status, client, () => client)
}

export const catalogue = {
  // A request, before and around the chain
  not_found: answer(404, 'Not Found'),
  path_leaves_api: entry(
    400,
    'Malformed request path',
    (d: { path: string; listenPath: string }) =>
      `Route the path "${d.path}" failed: its dot segments leave the listen path "${d.listenPath}"`,
  ),
  target_unsupported: entry(
    400,
    'Malformed request target',
    (d: { target: string }) => `Route the request target "${d.target}" failed: expected an absolute path or an absolute URL`,
  ),
  host_repeated: answer(400, 'Malformed request: more than one Host header'),
  internal: entry(500, 'Internal Server Error', (d: { where: string }) => `Handle a request failed in ${d.where}`),
  auth_field_missing: answer(401, 'Authorization field missing'),

  // The upstream
  upstream_timeout: answer(504, 'Upstream service reached hard timeout.'),
  upstream_lookup_failed: answer(500, 'Upstream host lookup failed'),
  upstream_failed: answer(500, 'There was a problem proxying the request'),
  upstream_request_refused: entry(
    500,
    'There was a problem proxying the request',
    (d: { reason: string }) => `Send the request upstream failed: ${d.reason}`,
  ),
  client_closed: answer(499, 'Client closed request'),

  // Bodies read by plugins
  request_body_too_large: entry(
    413,
    'Request Entity Too Large',
    (d: { limit: number }) =>
      `Read the request body failed: it is larger than max_plugin_body (${d.limit} bytes); raise it, or let the plugin leave the body alone`,
  ),
  response_body_too_large: entry(
    500,
    null,
    (d: { limit: number }) =>
      `Read the response body failed: it is larger than max_plugin_body (${d.limit} bytes); raise it, or let the plugin leave the body alone`,
  ),
  body_aborted: answer(499, 'Client closed request'),
} satisfies Record<string, Entry<never>>

export type ErrorCode = keyof typeof catalogue
type DetailsOf<C extends ErrorCode> = (typeof catalogue)[C] extends Entry<infer D> ? D : never

/** An error of the catalogue. Match on `code`, never on the class: plugins and workers may hold a copy of it. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  readonly code: ErrorCode
  /** The status a client gets, if the error ends a request. */
  readonly status: number
  /** What a client may read. */
  readonly client: string

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = catalogue[code].status
    this.client = catalogue[code].client ?? 'Internal Server Error'
  }
}

/** Makes an error of the catalogue: `failure('upstream_failed', undefined, cause)`. */
export function failure<C extends ErrorCode>(code: C, details: DetailsOf<C>, cause?: unknown): PosternError {
  const { message } = catalogue[code] as unknown as Entry<DetailsOf<C>>
  return new PosternError(code, message(details), cause)
}

/** Whether anything caught is an error of the catalogue, of this copy of the module or another. */
export function isFailure(error: unknown, code?: ErrorCode): error is PosternError {
  if (typeof error !== 'object' || error === null) return false
  const found = (error as { code?: unknown }).code
  if (typeof found !== 'string' || !Object.hasOwn(catalogue, found)) return false
  return code === undefined || found === code
}

/** The text of anything that was thrown. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name
  try {
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}
