import { answer, type Entry, entry } from './entry.ts'

/** Bodies that are read. */
export const bodiesErrors = {
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
  request_body_used: entry<void>(
    500,
    null,
    () => 'Send the request upstream failed: a plugin replaced it by one whose body was read already; read a clone instead',
  ),
  content_coding_unknown: entry(
    500,
    null,
    (d: { coding: string }) =>
      `Decode the response body failed: its Content-Encoding "${d.coding}" is none of gzip, br, deflate, zstd`,
  ),
  content_coding_broken: entry(
    500,
    null,
    (d: { coding: string }) => `Decode the response body failed: it is not valid ${d.coding}`,
  ),
} satisfies Record<string, Entry<never>>
