import { answer, type Entry, entry } from './entry.ts'

/** The records of requests. */
export const analyticsErrors = {
  records_not_written: entry(
    500,
    null,
    (d: { type: string; reason: string }) =>
      `Write records of requests (analytics_config.type "${d.type}") failed: ${d.reason}; requests are served on, their records are lost meanwhile`,
  ),
  records_dropped: entry(
    500,
    null,
    (d: { limit: number }) =>
      `Take a record of a request failed: ${d.limit} (records_buffer_size) wait to be written already; what comes is dropped until there is room`,
  ),
  records_failed: entry(
    500,
    'The records of requests cannot be read',
    (d: { where: string; reason: string }) => `Use the records in "${d.where}" failed: ${d.reason}`,
  ),
  analytics_off: answer(404, 'Requests are not recorded; set enable_analytics in gateway.conf'),
  analytics_unanswered: entry(
    501,
    ({ type }) => unanswered(type),
    (d: { type: string }) => unanswered(d.type),
  ),
  analytics_query_invalid: entry(
    400,
    'Request malformed',
    (d: { problems: readonly string[] }) => `Read a question on records failed: ${d.problems.join('; ')}`,
  ),
} satisfies Record<string, Entry<never>>

function unanswered(type: string): string {
  return `Records go to "${type}", which is not asked; set analytics_config.type to "sqlite" in gateway.conf to have questions answered`
}
