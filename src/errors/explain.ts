import { answer, type Entry, entry } from './entry.ts'

/** About the requests that are kept, and those that are tried. */
export const explainErrors = {
  admin_query_malformed: entry(400, 'Query malformed', (d: { problems: readonly string[] }) => {
    return `Query malformed: ${d.problems.join('; ')}`
  }),
  requests_not_kept: answer(404, 'Requests are not kept; set explain.enabled in gateway.conf'),
  request_not_kept: answer(
    404,
    'No request of this id is kept: only the latest are (explain.max_requests and explain.max_failed in gateway.conf)',
  ),
} satisfies Record<string, Entry<never>>
