import type { RedisLink } from './redis-link.ts'

const BATCH = '1000'

/** A text as Redis' patterns have it, standing for itself alone. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&')
}

/** Goes through the keys that match a pattern, on every node, a batch at a time; one that comes or goes meanwhile may be missed. */
export async function* scan(link: RedisLink, pattern: string): AsyncGenerator<string[]> {
  for (const send of await link.run((connection) => connection.nodes())) {
    let cursor = '0'
    do {
      const answer = await link.run(() => send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', BATCH]))
      const [next, keys] = answer as [string, string[]]
      cursor = next
      if (keys.length > 0) yield keys
    } while (cursor !== '0')
  }
}
