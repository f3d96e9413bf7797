import { type Entry, entry } from './entry.ts'

/** The command line. */
export const cliErrors = {
  node_too_old: entry(
    500,
    null,
    (d: { found: string }) =>
      `Start Postern failed: found Node.js ${d.found}, expected version 26 or later; install it, or use the image`,
  ),
  command_unknown: entry(
    500,
    null,
    (d: { name: string; meant: string | undefined }) =>
      `Run the command "${d.name}" failed: there is none of that name${d.meant === undefined ? '' : `; did you mean "${d.meant}"?`}`,
  ),
  usage_wrong: entry(500, null, (d: { command: string; reason: string }) => `Run "postern ${d.command}" failed: ${d.reason}`),
  compiler_elsewhere: entry(
    500,
    null,
    (d: { command: string }) =>
      `Compile a plugin failed: the image of the gateway holds no compiler; in the plugin's folder, run: ${d.command}`,
  ),
  health_failed: entry(500, null, (d: { url: string; reason: string }) => `Ask "${d.url}" failed: ${d.reason}`),
} satisfies Record<string, Entry<never>>
