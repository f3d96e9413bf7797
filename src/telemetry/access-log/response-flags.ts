/** What went wrong with a request, in the three letters that dashboards know, and whose fault it was. */
import type { ErrorCode } from '../../errors.ts'

/** Where an error came from. */
export type ErrorSource = 'client' | 'gateway' | 'plugin' | 'store' | 'upstream'

/** How a line of the access log speaks of an error; '' where there is no flag for it. */
export interface Verdict {
  readonly flag: string
  readonly source: ErrorSource
}

const verdict = (flag: string, source: ErrorSource): Verdict => ({ flag, source })

const VERDICTS: Partial<Record<ErrorCode, Verdict>> = {
  // No way to an API
  not_found: verdict('NRS', 'client'),
  path_leaves_api: verdict('NRS', 'client'),
  loop_target_missing: verdict('NRS', 'gateway'),
  // The upstream
  upstream_timeout: verdict('URT', 'upstream'),
  upstream_lookup_failed: verdict('DNS', 'upstream'),
  upstream_failed: verdict('UPE', 'upstream'),
  upstream_tls_failed: verdict('TLH', 'upstream'),
  upstream_pin_mismatch: verdict('TLM', 'upstream'),
  upstream_proxy_failed: verdict('UCF', 'upstream'),
  all_hosts_down: verdict('NHU', 'upstream'),
  circuit_open: verdict('CBO', 'upstream'),
  response_limit: verdict('BTL', 'upstream'),
  response_body_too_large: verdict('BTL', 'upstream'),
  // The client has gone
  client_closed: verdict('CDC', 'client'),
  body_aborted: verdict('CDC', 'client'),
  response_stalled: verdict('CDC', 'client'),
  // Limits
  rate_limit_exceeded: verdict('RLT', 'client'),
  api_rate_limit_exceeded: verdict('RLT', 'client'),
  quota_exceeded: verdict('QEX', 'client'),
  limits_unavailable: verdict('', 'store'),
  // Who calls
  auth_field_missing: verdict('AMF', 'client'),
  jwt_field_missing: verdict('AMF', 'client'),
  session_missing: verdict('AMF', 'client'),
  key_unknown: verdict('AKI', 'client'),
  key_inactive: verdict('AKI', 'client'),
  user_not_authorised: verdict('AKI', 'client'),
  key_expired: verdict('TKE', 'client'),
  jwt_expired: verdict('TKE', 'client'),
  jwt_invalid: verdict('TKI', 'client'),
  jwt_algorithm_refused: verdict('TKI', 'client'),
  jwt_key_unknown: verdict('TKI', 'client'),
  jwt_issued_later: verdict('TCV', 'client'),
  jwt_not_yet_valid: verdict('TCV', 'client'),
  jwt_subject_empty: verdict('TCV', 'client'),
  jwt_subject_missing: verdict('TCV', 'client'),
  jwt_without_policy: verdict('TCV', 'client'),
  jwt_scope_without_policy: verdict('TCV', 'client'),
  api_not_granted: verdict('EAD', 'client'),
  resource_not_granted: verdict('EAD', 'client'),
  endpoint_forbidden: verdict('EAD', 'client'),
  address_forbidden: verdict('EAD', 'client'),
  basic_header_malformed: verdict('IHD', 'client'),
  basic_encoding_malformed: verdict('IHD', 'client'),
  basic_values_malformed: verdict('IHD', 'client'),
  headers_too_large: verdict('IHD', 'client'),
  headers_too_many: verdict('IHD', 'client'),
  host_malformed: verdict('IHD', 'client'),
  host_repeated: verdict('IHD', 'client'),
  key_lookup_failed: verdict('', 'store'),
  // Bodies
  request_limit: verdict('BTL', 'client'),
  request_too_large: verdict('BTL', 'client'),
  request_body_too_large: verdict('BTL', 'client'),
  request_length_missing: verdict('CLM', 'client'),
  body_not_json: verdict('BIV', 'client'),
  body_not_valid: verdict('BIV', 'client'),
  body_unreadable: verdict('BIV', 'client'),
  // Plugins, which have flags of Postern's own
  plugin_threw: verdict('PLE', 'plugin'),
  plugin_result_invalid: verdict('PLE', 'plugin'),
  plugin_timeout: verdict('PLT', 'plugin'),
  plugin_breaker_open: verdict('PLB', 'plugin'),
  plugin_quarantined: verdict('PLQ', 'plugin'),
}

const CLIENTS = verdict('', 'client')
const GATEWAYS = verdict('', 'gateway')

/** What broke a connection to an upstream, by the code of Node's or undici's error. */
const CONNECTION_FLAGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'UCF',
  UND_ERR_CONNECT_TIMEOUT: 'UCT',
  ETIMEDOUT: 'UCT',
  ECONNRESET: 'URR',
  UND_ERR_SOCKET: 'URR',
  EPIPE: 'EPI',
  ECONNABORTED: 'CAB',
  UND_ERR_ABORTED: 'CAB',
  EHOSTUNREACH: 'NRH',
  ENETUNREACH: 'NRH',
  CERT_HAS_EXPIRED: 'TLE',
  CERT_NOT_YET_VALID: 'TLN',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLM',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLI',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLI',
  UNABLE_TO_GET_ISSUER_CERT: 'TLI',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLI',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLI',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLP',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'TLP',
}

/**
 * How to speak of an error of the catalogue.
 *
 * @param status what the client got, which tells whose fault an error is that has no row of its own
 * @param cause the code of what it was caused by
 */
export function verdictOn(code: ErrorCode, status: number, cause: unknown): Verdict {
  const found = VERDICTS[code] ?? (code.startsWith('plugin_') || code.startsWith('worker_') ? PLUGINS : null)
  if (!found) return status < 500 ? CLIENTS : GATEWAYS
  const flag = found.source === 'upstream' && typeof cause === 'string' ? flagOfCause(cause) : undefined
  return flag === undefined ? found : { flag, source: 'upstream' }
}

const PLUGINS = verdict('PLE', 'plugin')

function flagOfCause(code: string): string | undefined {
  return CONNECTION_FLAGS[code] ?? (code.startsWith('ERR_SSL_') && code.includes('ALERT') ? 'TLA' : undefined)
}
