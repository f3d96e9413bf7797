/**
 * Writes docs/differences.md from the list that the differential test holds the gateway to, and from what the table of conformance
 * shows to be different: `node scripts/docs-differences.ts`.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chosenDifferences } from '../test/conformance/differences.ts'
import { differences } from '../test/data-plane/differential/differences.ts'

const heading = `# Differences

Written by \`node scripts/docs-differences.ts\`; tests compare the two.

## What the gateway changes in a request

A request that no step of its chain changes reaches the upstream as the client sent it, byte for byte, but for what is listed here.
\`test/data-plane/differential.test.ts\` sends generated requests straight to a recording upstream, and through chains with none, one and ten
plugins. It applies this list to what arrived straight, expects exactly that through the gateway, and expects to see every entry at least once.

| Difference | Reason |
|---|---|
`

const chosenHeading = `
## Where the gateway does something else

What a definition or a client of Tyk's will meet here that is otherwise, on purpose. [conformance.md](conformance.md) has the cases that show each, beside all
that is the same; [porting-from-tyk.md](porting-from-tyk.md#what-behaves-differently) tells of plugins.

| There | Here | Why |
|---|---|---|
`

/** The text of docs/differences.md. */
export function differencesReference(): string {
  const changes = differences.map(({ what, why }) => `| ${what} | ${why} |\n`)
  const chosen = Object.values(chosenDifferences).map(({ there, here, why }) => `| ${there} | ${here} | ${why} |\n`)
  return [heading, ...changes, chosenHeading, ...chosen].join('')
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/differences.md'), differencesReference())
