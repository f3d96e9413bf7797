import { answer, type Entry, entry } from './entry.ts'

/** What an open port refuses, before there is a chain. */
export const listenerErrors = {
  request_malformed: entry(400, 'Malformed request', (d: { reason: string }) => `Read a request failed: ${d.reason}`),
  host_repeated: answer(400, 'Malformed request: more than one Host header'),
  host_malformed: entry(
    400,
    'Malformed request: the Host header is no host',
    (d: { host: string }) =>
      `Read a request failed: found the Host "${d.host}", expected a name or an address, maybe with a port, and the same one wherever it is named`,
  ),
  request_timeout: entry<void>(
    408,
    'Request timeout',
    () => 'Read a request failed: it did not arrive within http_server_options.read_timeout',
  ),
  request_limit: entry(
    413,
    'Request Entity Too Large',
    (d: { limit: number }) =>
      `Read a request failed: its body is larger than http_server_options.max_request_body_size (${d.limit} bytes)`,
  ),
  headers_too_large: entry(
    431,
    'Request header fields too large',
    (d: { limit: number }) =>
      `Read a request failed: its head is larger than http_server_options.max_header_size (${d.limit} bytes)`,
  ),
  headers_too_many: entry(
    431,
    'Request header fields too large',
    (d: { found: number; limit: number }) =>
      `Read a request failed: it has ${d.found} header lines, more than http_server_options.max_header_count (${d.limit})`,
  ),
  transfer_coding_unsupported: entry(
    501,
    'Transfer coding not supported',
    (d: { coding: string }) => `Read a request failed: found the Transfer-Encoding "${d.coding}", expected "chunked"`,
  ),
  http_version_unsupported: entry(
    505,
    'HTTP version not supported',
    (d: { version: string }) =>
      `Read a request failed: found HTTP/${d.version}, expected 1.0 or 1.1; HTTP/2 needs http_server_options.enable_http2`,
  ),
  response_limit: entry(
    500,
    'There was a problem proxying the request',
    (d: { limit: number }) =>
      `Pass on a response failed: it is larger than http_server_options.max_response_body_size (${d.limit} bytes); the client got a 500, or a response that is cut short`,
  ),
  response_stalled: entry<void>(
    499,
    'Client closed request',
    () => 'Send a response failed: the client took nothing of it for http_server_options.write_timeout; its connection was cut',
  ),
  certificate_unusable: entry(
    500,
    null,
    (d: { file: string; found: string }) =>
      `Read the certificate "${d.file}" failed: found ${d.found}, expected PEM files of a certificate and its key`,
  ),
  certificate_expired: entry(
    500,
    null,
    (d: { file: string; since: string }) =>
      `The certificate "${d.file}" is no longer valid, since ${d.since}: clients refuse it; renew it, then reload`,
  ),
  handshake_failed: entry(400, 'Malformed request', (d: { reason: string }) => `Speak TLS with a client failed: ${d.reason}`),
  connection_refused: entry(
    503,
    'Too many connections',
    (d: { limit: number }) =>
      `Take a connection failed: there are http_server_options.max_connections (${d.limit}) already; connections are closed unanswered until some end`,
  ),
} satisfies Record<string, Entry<never>>
