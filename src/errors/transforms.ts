import { type Entry, entry } from './entry.ts'

/** Changes of requests and responses. */
export const transformsErrors = {
  header_value_invalid: entry(
    500,
    null,
    (d: { name: string }) =>
      `Set the header "${d.name}" failed: the value that its variables came to has a control character; the header was left off`,
  ),
  body_unreadable: entry<void>(400, 'Malformed request body', () => 'Read the request body failed'),
} satisfies Record<string, Entry<never>>
