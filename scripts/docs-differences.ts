/** Writes docs/differences.md from the list that the differential test holds the gateway to: `node scripts/docs-differences.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { differences } from '../test/data-plane/differential/differences.ts'

const heading = `# What the gateway changes in a request

Written by \`node scripts/docs-differences.ts\`; a test compares the two.

A request that no step of its chain changes reaches the upstream as the client sent it, byte for byte, but for what is listed here.
\`test/data-plane/differential.test.ts\` sends generated requests straight to a recording upstream, and through chains with none, one and ten
plugins. It applies this list to what arrived straight, expects exactly that through the gateway, and expects to see every entry at least once.

| Difference | Reason |
|---|---|
`

/** The text of docs/differences.md. */
export function differencesReference(): string {
  return heading + differences.map(({ what, why }) => `| ${what} | ${why} |\n`).join('')
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/differences.md'), differencesReference())
