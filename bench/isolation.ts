/**
 * `node bench/isolation.ts`: what it costs to run a plugin in a worker, and whether one that loops there is felt elsewhere.
 * `node bench/isolation.ts calls` and `… neighbour` do one of the two.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../src/compiler/compile.ts'
import { measureCalls } from './isolation-calls.ts'
import { measureNeighbour } from './isolation-neighbour.ts'

const PLUGIN = `
import type { Plugin } from 'postern/plugin'
export const Answer: Plugin = (c) => { c.header('X-Seen', String(c.req.header('x-0'))); return c.text('ok') }
export const Loop: Plugin = () => { for (;;); }
`
const parts = { calls: measureCalls, neighbour: measureNeighbour }

const folder = await mkdtemp(join(tmpdir(), 'postern-bench-isolation-'))
try {
  await mkdir(join(folder, 'source'))
  await mkdir(join(folder, 'apps'))
  await writeFile(join(folder, 'source/plugin.ts'), PLUGIN)
  await compile({ source: join(folder, 'source'), output: join(folder, 'plugin.js') })
  await writeFile(join(folder, 'gateway.conf'), JSON.stringify({ listen_port: 0, secret: 'bench', log_format: 'json' }))
  for (const [name, measure] of Object.entries(parts)) if ((process.argv[2] ?? name) === name) await measure(folder)
} finally {
  await rm(folder, { recursive: true })
}
