import { type Entry, entry } from './entry.ts'

/** Development. */
export const developmentErrors = {
  dev_hook_takes_one: entry(
    500,
    null,
    (d: { hook: string; exports: readonly string[] }) =>
      `Generate a definition failed: the hook ${d.hook} takes one plugin, found ${d.exports.map((name) => `"${name}"`).join(', ') || 'none'}; name it in dev.json, as in { "custom_middleware": { "${d.hook}": { "name": "…" } } }`,
  ),
} satisfies Record<string, Entry<never>>
