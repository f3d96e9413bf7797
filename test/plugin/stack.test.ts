import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { pino } from 'pino'
import type { Artifact } from '../../src/plugin/artifact.ts'
import { kv } from '../../src/plugin/contract/index.ts'
import { loadArtifact } from '../../src/plugin/loader.ts'
import { openStackMapper, type StackMapper } from '../../src/plugin/stack.ts'
import { current } from '../../src/version.ts'
import { artifactOf } from './make-artifact.ts'

const source = `
interface Greeting { text: string }

export function run(greeting: Greeting | null): string {
  return describe(greeting as Greeting)
}

function describe(greeting: Greeting): string {
  return greeting.text
}
`

const folder = await mkdtemp(join(tmpdir(), 'postern-stack-'))
after(() => rm(folder, { recursive: true }))
await writeFile(join(folder, 'plugin.ts'), source)

async function compile(name: string, minify = false): Promise<Artifact> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['plugin.ts'],
    outfile: 'plugin.js',
    bundle: true,
    minify,
    format: 'cjs',
    platform: 'node',
    sourcemap: 'external',
    write: false,
  })
  const [map, code] = outputFiles.sort((a, b) => b.path.length - a.path.length)
  return artifactOf(code?.text ?? '', { stamp: { name }, sourceMap: map?.text ?? '' })
}

function stackOf(artifact: Artifact): string {
  const { exports } = loadArtifact(artifact, { log: pino({ level: 'silent' }), kv })
  const run = exports.get('run')?.handler as unknown as (greeting: null) => void
  try {
    run(null)
  } catch (error) {
    return (error as Error).stack ?? ''
  }
  assert.fail('run(null) throws')
}

async function assertMapped(mapper: StackMapper, artifact: Artifact): Promise<void> {
  const raw = stackOf(artifact)
  assert.match(raw, /postern:[\w-]+@[0-9a-f]{8}\/plugin\.js:\d+:\d+/)
  const mapped = await mapper.map(artifact, raw)
  assert.match(mapped, /plugin\.ts:9:19\)?\n.*plugin\.ts:5:10\)?\n/)
  assert.doesNotMatch(mapped, /postern:/)
}

test('frames of an artifact are mapped to its source, minified or not, more artifacts than are held', async (t) => {
  const mapper = openStackMapper()
  t.after(() => mapper.close())
  const artifacts = await Promise.all(Array.from({ length: 10 }, (_, n) => compile(`plugin-${n}`, n % 2 === 1)))
  for (const artifact of [...artifacts, ...artifacts]) await assertMapped(mapper, artifact)
  await Promise.all(artifacts.map((artifact) => assertMapped(mapper, artifact)))
})

test('a stack that cannot be mapped is given back as it is', async () => {
  const mapper = openStackMapper()
  const good = await compile('good')
  const raw = stackOf(good)
  assert.equal(await mapper.map({ ...good, sourceMap: null }, raw), raw)
  assert.equal(await mapper.map({ ...good, sourceMap: 'no map' }, raw), raw)
  assert.equal(await mapper.map(good, 'Error: elsewhere'), 'Error: elsewhere')
  const waiting = mapper.map(await compile('other'), raw)
  await mapper.close()
  assert.equal(await waiting, raw)
  assert.equal(await mapper.map(good, raw), raw)
  await mapper.close()
})

test('the mapper works from a minified bundle of one file', async () => {
  const outfile = join(folder, 'bundle.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/plugin/stack.ts')],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    define: { POSTERN_VERSION: JSON.stringify(current) },
    format: 'esm',
    platform: 'node',
  })
  const bundled: { openStackMapper: typeof openStackMapper } = await import(pathToFileURL(outfile).href)
  const mapper = bundled.openStackMapper()
  await assertMapped(mapper, await compile('bundled'))
  await mapper.close()
})
