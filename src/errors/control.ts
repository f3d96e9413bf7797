import { answer, type Entry, entry } from './entry.ts'

/** Configuration and definitions. */
export const controlErrors = {
  workers_not_reloaded: entry(500, null, (d: { workers: number; problems: readonly { worker: number; reason: string }[] }) =>
    // A gateway of one process says what it has always said.
    d.workers === 1
      ? d.problems.map(({ reason }) => reason).join('; ')
      : `Reload ${d.workers} workers failed: ${d.problems.map(({ worker, reason }) => `worker ${worker}: ${reason}`).join('; ')}`,
  ),
  json_invalid: entry(
    500,
    null,
    (d: { file: string; line: number; column: number; reason: string; frame: string }) =>
      `Parse the JSON of "${d.file}" failed at line ${d.line}, column ${d.column}: ${d.reason}\n${d.frame}`,
  ),
  config_unreadable: entry(
    500,
    null,
    (d: { file: string; reason: string }) =>
      `Read the configuration "${d.file}" failed: ${d.reason}; name the file with --conf FILE or POSTERN_CONF`,
  ),
  config_invalid: entry(
    500,
    null,
    (d: { file: string; problems: readonly string[] }) =>
      `Load the configuration "${d.file}" failed:${d.problems.length === 1 ? ' ' : '\n'}${d.problems.join('\n')}`,
  ),
  secret_not_kept: entry(
    500,
    null,
    (d: { file: string; reason: string }) =>
      `Keep a generated secret in "${d.file}" failed: ${d.reason}; make its folder writable, or set "secret" in gateway.conf or POSTERN_SECRET`,
  ),
  app_path_unreadable: entry(
    500,
    null,
    (d: { folder: string; reason: string }) =>
      `Read the definitions in "${d.folder}" failed: ${d.reason}; create the folder, or set "app_path" in gateway.conf`,
  ),
  definition_unreadable: entry(
    500,
    null,
    (d: { file: string; reason: string }) => `Read the definition "${d.file}" failed: ${d.reason}`,
  ),
  definition_invalid: entry(
    500,
    null,
    (d: { file: string; problems: readonly string[] }) =>
      `Load the definition "${d.file}" failed:${d.problems.length === 1 ? ' ' : '\n'}${d.problems.join('\n')}`,
  ),
  cache_not_cleared: answer(500, 'Cache invalidation failed'),
} satisfies Record<string, Entry<never>>
