import { type Entry, entry } from './entry.ts'

/** Changes of requests and responses. */
export const transformsErrors = {
  header_value_invalid: entry(
    500,
    null,
    (d: { name: string }) =>
      `Set the header "${d.name}" failed: the value that its variables came to has a control character; the header was left off`,
  ),
  body_not_json: entry(
    400,
    (d: { reason: string }) => `JSON parsing error: ${d.reason}`,
    (d) => `JSON parsing error: ${d.reason}`,
  ),
  body_not_valid: entry(
    422,
    (d: { problem: string }) => d.problem,
    (d) => `Validate the request body failed: ${d.problem}`,
  ),
  rewrite_invalid: entry(
    400,
    'Malformed request path',
    (d: { reason: string }) => `Rewrite the URL of a request failed: ${d.reason}`,
  ),
  rewritten_url_changed: entry<void>(
    500,
    null,
    () =>
      'Change the URL of the request failed: url_rewrites had changed it before, and goes first; change it in a hook before that',
  ),
  loop_target_missing: entry(
    500,
    "Can't detect loop target",
    (d: { target: string }) => `Loop to the API "${d.target}" failed: there is none of that id or name`,
  ),
  loop_too_deep: entry(
    500,
    (d: { limit: number }) => `Loop level too deep. Found more than ${d.limit} loops in single request`,
    (d) => `Loop level too deep. Found more than ${d.limit} loops in single request`,
  ),
  body_unreadable: entry<void>(400, 'Malformed request body', () => 'Read the request body failed'),
} satisfies Record<string, Entry<never>>
