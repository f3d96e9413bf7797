import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readModuleGraph } from '../guards/module-graph.ts'
import { readText } from '../guards/source-files.ts'

const LEAVES = ['errors', 'log', 'version', 'plugin/contract']

test('the table in docs/architecture.md says who imports whom', () => {
  const imports = importsOfParts()
  const parts = new Set([...imports.keys(), ...readTable().keys()])
  for (const part of parts) assert.deepEqual(readTable().get(part), [...(imports.get(part) ?? [])].sort(), part)
})

/** Which parts each part imports, leaves left out. */
function importsOfParts(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [path, { atStart, later, types }] of readModuleGraph()) {
    const from = partOf(path)
    if (LEAVES.includes(from)) continue
    const targets = [...atStart, ...later, ...types].map(partOf).filter((part) => part !== from && !LEAVES.includes(part))
    found.set(from, (found.get(from) ?? new Set()).union(new Set(targets)))
  }
  return found
}

/** `request` for `src/request/chain/chain.ts`, `main` for `src/main.ts`. */
function partOf(path: string): string {
  return /^src\/(plugin\/contract|[\w-]+)/.exec(path)?.[1] ?? path
}

function readTable(): Map<string, string[]> {
  const rows = readText('docs/architecture.md').matchAll(/^\| `([\w/-]+)` \| (.*) \|$/gm)
  return new Map(
    [...rows].map(([, part = '', cell = '']) => [part, [...cell.matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name).sort()]),
  )
}
