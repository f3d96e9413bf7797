import { answer, type Entry, entry } from './entry.ts'

/** About the requests that are kept, and those that are tried. */
export const explainErrors = {
  admin_query_malformed: entry(400, 'Query malformed', (d: { problems: readonly string[] }) => {
    return `Query malformed: ${d.problems.join('; ')}`
  }),
  config_not_shown: answer(404, 'The configuration is not shown; set enable_config_inspection in gateway.conf'),
  requests_not_kept: answer(404, 'Requests are not kept; set explain.enabled in gateway.conf'),
  request_not_kept: answer(
    404,
    'No request of this id is kept: only the latest are (explain.max_requests and explain.max_failed in gateway.conf)',
  ),
  debug_spec_missing: answer(400, 'Spec field is missing'),
  debug_request_missing: answer(400, 'Request field is missing'),
  debug_spec_invalid: withProblems(400, 'The definition is not valid'),
  debug_request_unsendable: withProblems(400, 'The request cannot be sent as HTTP/1.1'),
  debug_busy: entry(429, 'Other requests are being tried', (d: { most: number }) => {
    return `Other requests are being tried: at most ${d.most} at a time; ask again when they have ended`
  }),
  debug_timeout: entry(504, 'The request took too long', (d: { seconds: number }) => {
    return `The request took longer than ${d.seconds} s, and was given up`
  }),
  debug_connection_closed: entry(500, null, (d: { reason: string }) => {
    return `The gateway closed the connection without a response: ${d.reason}`
  }),
} satisfies Record<string, Entry<never>>

/** An error whose answer lists what is wrong beside its message. */
function withProblems(status: number, client: string): Entry<{ problems: readonly string[] }> {
  return entry(status, client, ({ problems }) => `${client}: ${problems.join('; ')}`)
}
