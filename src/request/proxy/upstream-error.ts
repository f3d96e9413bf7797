import { type ErrorCode, failure, isFailure, type PosternError, property, textOf } from '../../errors.ts'

/** What undici's and Node's error codes mean to a client; any other is `upstream_failed`. */
const CODES: Record<string, ErrorCode> = {
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  ENOTFOUND: 'upstream_lookup_failed',
  EAI_AGAIN: 'upstream_lookup_failed',
}

const untrusted =
  'its certificate is signed by nobody who is trusted; name the certificate of its authority in proxy.transport.ssl_ca_file'

/** What OpenSSL's verdicts on certificates mean. */
const VERDICTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
}

/** The error of the catalogue for a call to the upstream that failed. */
export function upstreamError(cause: unknown): PosternError {
  if (isFailure(cause)) return cause
  const code = property(cause, 'code')
  if (code === 'UND_ERR_INVALID_ARG') return failure('upstream_request_refused', { reason: textOf(cause) }, cause)
  if (typeof code !== 'string') return failure('upstream_failed', undefined, cause)
  const reason = tlsReason(code, cause)
  if (reason !== null) return failure('upstream_tls_failed', { reason }, cause)
  return failure((CODES[code] ?? 'upstream_failed') as 'upstream_failed', undefined, cause)
}

/** Failures of the catalogue that are the upstream's. */
const OF_UPSTREAM: ReadonlySet<string> = new Set<ErrorCode>([
  'upstream_timeout',
  'upstream_tls_failed',
  'upstream_pin_mismatch',
  'upstream_proxy_failed',
  'all_hosts_down',
])

/** Whether a failed call says something about the upstream: not if it is the client who left, or the request that is wrong. */
export function isOfUpstream(error: unknown): boolean {
  if (isFailure(error)) return OF_UPSTREAM.has(error.code)
  return property(error, 'code') !== 'UND_ERR_INVALID_ARG'
}

/** What went wrong with TLS; null if that was not it. */
function tlsReason(code: string, cause: unknown): string | null {
  const verdict = VERDICTS[code]
  if (verdict !== undefined) return verdict
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for other hosts: ${property(cause, 'reason')}`
  // OpenSSL's own words, without the places in its code.
  if (code.startsWith('ERR_SSL_')) return String(property(cause, 'reason') ?? code)
  return code === 'EPROTO' ? textOf(cause) : null
}
