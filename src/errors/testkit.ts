import { type Entry, entry } from './entry.ts'

/** The test kit. */
export const testkitErrors = {
  tests_missing: entry(
    500,
    null,
    (d: { folder: string }) =>
      `Run the tests of "${d.folder}" failed: found no file whose name ends in .test.ts; \`postern plugin init\` writes one`,
  ),
  test_gateway_failed: entry(
    500,
    null,
    (d: { problems: readonly string[] }) =>
      `Open the gateway of a test failed:\n${d.problems.map((one) => `- ${one}`).join('\n')}`,
  ),
  test_gateway_closed: entry<void>(500, null, () => 'Send a request failed: the gateway of the test is closed already'),
  test_plugin_missing: entry(
    500,
    null,
    (d: { name: string; path: string }) =>
      `Read the plugin "${d.name}" of a test failed: expected a folder or an artifact (.js) at "${d.path}"; paths are relative to the working directory`,
  ),
  test_upstream_threw: entry(500, null, (d: { reason: string }) => `Answer as the upstream of a test failed: ${d.reason}`),
  test_log_silent: entry(
    500,
    null,
    (d: { message: string; lines: readonly string[] }) =>
      `Wait for "${d.message}" in the log failed: found ${d.lines.length} other lines${d.lines.map((line) => `\n- ${line}`).join('')}`,
  ),
  test_clock_missing: entry<void>(
    500,
    null,
    () => 'Advance the clock failed: time passes by itself; give gateway() a "clock" to begin at',
  ),
  test_clock_invalid: entry(
    500,
    null,
    (d: { found: string }) => `Set the clock of a test failed: found "${d.found}", expected a date, ISO 8601 or milliseconds`,
  ),
  test_clock_taken: entry<void>(
    500,
    null,
    () =>
      'Set the clock of a test failed: another holds the time of this process already; close that gateway, or reset the timers of node:test',
  ),
  test_response_foreign: entry<void>(
    500,
    null,
    () => 'Trace a response failed: expected one that fetch() of this gateway has returned',
  ),
  test_kv_unknown: entry(
    500,
    null,
    (d: { path: string | undefined; known: readonly string[] }) =>
      `Read the kv of ${d.path === undefined ? 'the plugin' : `"${d.path}"`} failed: the plugins are ${d.known.map((name) => `"${name}"`).join(', ') || 'none'}; name one`,
  ),
} satisfies Record<string, Entry<never>>
