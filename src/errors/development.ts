import { type Entry, entry } from './entry.ts'

/** Development. */
export const developmentErrors = {
  dev_port_in_use: entry(
    500,
    null,
    (d: { port: number }) =>
      `Serve the plugin on port ${d.port} failed: another process listens there; stop it, or choose another with --port (0 for a free one)`,
  ),
  dev_hook_takes_one: entry(
    500,
    null,
    (d: { hook: string; exports: readonly string[] }) =>
      `Generate a definition failed: the hook ${d.hook} takes one plugin, found ${d.exports.map((name) => `"${name}"`).join(', ') || 'none'}; name it in dev.json, as in { "custom_middleware": { "${d.hook}": { "name": "…" } } }`,
  ),
} satisfies Record<string, Entry<never>>
