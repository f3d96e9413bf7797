import { answer, type Entry, entry } from './entry.ts'

/** The upstream. */
export const upstreamErrors = {
  upstream_timeout: answer(504, 'Upstream service reached hard timeout.'),
  upstream_lookup_failed: answer(500, 'Upstream host lookup failed'),
  upstream_failed: answer(500, 'There was a problem proxying the request'),
  upstream_request_refused: entry(
    500,
    'There was a problem proxying the request',
    (d: { reason: string }) => `Send the request upstream failed: ${d.reason}`,
  ),
  upstream_tls_failed: entry(
    500,
    'There was a problem proxying the request',
    (d: { reason: string }) => `Open a TLS connection to the upstream failed: ${d.reason}`,
  ),
  upstream_pin_mismatch: entry(
    500,
    'There was a problem proxying the request',
    (d: { host: string; found: string }) =>
      `Certificate public key pinning error. Public keys do not match: "${d.host}" has shown the key ${d.found}, expected one that pinned_public_keys has`,
  ),
  upstream_proxy_failed: entry(
    500,
    'There was a problem proxying the request',
    (d: { proxy: string; reason: string }) => `Connect to the upstream through the proxy "${d.proxy}" failed: ${d.reason}`,
  ),
  discovery_failed: entry(
    500,
    null,
    (d: { reason: string; kept: string }) =>
      `Ask the service registry for targets failed: ${d.reason}; requests go on to ${d.kept}`,
  ),
  discovery_answer_invalid: entry(
    500,
    null,
    (d: { reason: string }) => `Read the answer of the service registry failed: ${d.reason}`,
  ),
  circuit_open: answer(503, 'Service temporarily unavailable.'),
  all_hosts_down: answer(503, 'all hosts are down'),
  client_closed: answer(499, 'Client closed request'),

  response_not_sent: entry(
    500,
    null,
    (d: { reason: string }) => `Send a response failed: ${d.reason}; the client got a 500, or a response that is cut short`,
  ),
} satisfies Record<string, Entry<never>>
