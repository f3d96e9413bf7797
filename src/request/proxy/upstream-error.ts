import { type ErrorCode, failure, isFailure, type PosternError, textOf } from '../../errors.ts'

/** What undici's and Node's error codes mean to a client; any other is `upstream_failed`. */
const CODES: Record<string, ErrorCode> = {
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  ENOTFOUND: 'upstream_lookup_failed',
  EAI_AGAIN: 'upstream_lookup_failed',
}

/** The error of the catalogue for a call to the upstream that failed. */
export function upstreamError(cause: unknown): PosternError {
  if (isFailure(cause)) return cause
  const code = (cause as { code?: unknown } | null)?.code
  if (code === 'UND_ERR_INVALID_ARG') return failure('upstream_request_refused', { reason: textOf(cause) }, cause)
  const known = typeof code === 'string' ? CODES[code] : undefined
  return failure((known ?? 'upstream_failed') as 'upstream_failed', undefined, cause)
}
