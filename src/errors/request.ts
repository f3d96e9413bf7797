import { answer, type Entry, entry } from './entry.ts'

/** A request, before and around the chain. */
export const requestErrors = {
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
  internal: entry(500, 'Internal Server Error', (d: { where: string }) => `Handle a request failed in ${d.where}`),
  request_length_missing: answer(411, 'Content length is required for this request'),
  request_too_large: entry(
    400,
    'Request is too large',
    (d: { length: number; limit: number }) =>
      `Request is too large: found a body of ${d.length} bytes, expected no more than ${d.limit} (global_size_limit, size_limits)`,
  ),
} satisfies Record<string, Entry<never>>
