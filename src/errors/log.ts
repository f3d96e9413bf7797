import { type Entry, entry } from './entry.ts'

/** The log itself. */
export const logErrors = {
  log_unwritable: entry(
    500,
    null,
    (d: { reason: string; megabytes: number }) =>
      `Write the log failed: ${d.reason}; lines are held, ${d.megabytes} MB at most, until it can be written again`,
  ),
  log_closed: entry(500, null, (d: { reason: string }) => `Write the log failed: ${d.reason}; nobody reads it any more`),
  log_lines_lost: entry(
    500,
    null,
    (d: { lost: number }) => `Write the log failed for a while: ${d.lost} lines are lost, since there was no room to hold them`,
  ),
  log_level_invalid: entry(400, 'Log level is not valid', (d: { problems: readonly string[] }) => {
    return `Change the level of the log failed: ${d.problems.join('; ')}`
  }),
} satisfies Record<string, Entry<never>>
