import { answer, type Entry, entry } from './entry.ts'

/** The echo upstream. */
export const echoErrors = {
  echo_listen_failed: entry(
    500,
    null,
    (d: { host: string; port: number; reason: string }) =>
      `Start the echo upstream on "${d.host}:${d.port}" failed: ${d.reason}; free the port, or choose another with --port`,
  ),
  echo_number_expected: answer(400, 'The path ends in a whole number'),
  echo_status_expected: answer(400, 'The path ends in a status code from 200 to 599'),
  echo_body_malformed: answer(400, 'The body is not the form that its Content-Type says'),
  echo_body_too_large: answer(413, 'The body is larger than 10 MB'),
} satisfies Record<string, Entry<never>>
