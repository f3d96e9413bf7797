import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readModuleGraph } from './module-graph.ts'

const graph = readModuleGraph()

function importsBreaking(from: RegExp, mayNotImport: (target: string, from: string) => boolean): string[] {
  return [...graph]
    .filter(([path]) => from.test(path))
    .flatMap(([path, { atStart, later, types }]) =>
      [...atStart, ...later, ...types].filter((target) => mayNotImport(target, path)).map((target) => `${path} → ${target}`),
    )
}

test('the leaves import nothing of ours', () => {
  const leaf = /^src\/((errors|log|version)\.ts$|errors\/|log\/)/
  assert.deepEqual(
    importsBreaking(leaf, (target) => !/^src\/(errors|log)\//.test(target)),
    [],
  )
})

test('the plugin contract imports nothing of ours outside its folder', () => {
  const contract = 'src/plugin/contract/'
  assert.deepEqual(
    importsBreaking(new RegExp(`^${contract}`), (target) => !target.startsWith(contract)),
    [],
  )
})

test('the path of a request knows plugins, stores and control only by interfaces of its own', () => {
  const leaf = /^src\/(request\/|plugin\/contract\/|json\/|(errors|log|version)\.ts)/
  assert.deepEqual(
    importsBreaking(/^src\/request\//, (target) => !leaf.test(target)),
    [],
  )
})

test('nothing under src imports tests, scripts or benchmarks', () => {
  assert.deepEqual(
    importsBreaking(/^src\//, (target) => !/^(src\/|package\.json)/.test(target)),
    [],
  )
})

test('no files import one another in a circle when the program runs', () => {
  assert.deepEqual(circles(), [])
})

/** Circles among the imports that are loaded at start; a later `import()` may close one. */
function circles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: string[]) => {
    const at = trail.indexOf(path)
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const target of graph.get(path)?.atStart ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}
