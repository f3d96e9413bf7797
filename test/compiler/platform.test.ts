import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { compile } from '../../src/compiler/compile.ts'
import { type Files, fakePackage, pluginFolder, root } from './plugin-folder.ts'

/** A package that comes with a faster half of itself for some machines, as npm installs it on one of them. */
function fastFive(machine: string, half: Files, manifest: object = {}): Files {
  const loader = `
    let fast = null
    try {
      switch (process.platform + ' ' + process.arch) {
        case 'linux x64': fast = require('five-linux-x64'); break
        case 'linux arm64': fast = require('five-linux-arm64'); break
      }
    } catch {}
    exports.five = fast ? fast.five : 5
  `
  return {
    'plugin.ts': "import { five } from 'five'\nexport const A = () => new Response(String(five))\n",
    'package.json': { name: 'portable', version: '1.0.0' },
    ...fakePackage('five', { 'index.js': loader, 'index.d.ts': 'export const five: number' }),
    ...fakePackage(`five-${machine}`, half, manifest),
  }
}

/** Compiles the same plugin as two machines would, each with the half that npm gave it. */
async function compileOnBoth(half: Files, manifest: (cpu: string) => object): Promise<Buffer[]> {
  return await Promise.all(
    ['x64', 'arm64'].map(async (cpu) => {
      const folder = await pluginFolder(fastFive(`linux-${cpu}`, half, manifest(cpu)))
      const output = join(folder, 'plugin.js')
      await compile({ source: folder, output })
      return await readFile(output)
    }),
  )
}

test('a package whose halves for machines are native gives the same bytes on each of them', async () => {
  const [one, other] = await compileOnBoth({ 'five.node': '\x7fELF' }, (cpu) => ({
    main: 'five.node',
    os: ['linux'],
    cpu: [cpu],
  }))
  assert.deepEqual(one, other)
})

test('a package whose halves for machines are JavaScript around native code gives the same bytes on each of them', async () => {
  const half = { 'index.js': "exports.five = require('./five.node').five", 'five.node': '\x7fELF' }
  const [one, other] = await compileOnBoth(half, (cpu) => ({ os: ['linux'], cpu: [cpu] }))
  assert.deepEqual(one, other)
})

test('a package whose halves for machines are JavaScript alone gives the same bytes on each of them', async () => {
  const [one, other] = await compileOnBoth({ 'index.js': 'exports.five = 5' }, (cpu) => ({ cpu: [cpu] }))
  assert.deepEqual(one, other)
})

test('the bundler compiled for another machine (WebAssembly) gives the same bytes as the one for this machine', async () => {
  const source = `
    import { Hono } from 'hono'
    import { definePlugin } from 'postern/plugin'
    import { z } from 'zod'
    const app = new Hono().get('/', (c) => c.text('größer'))
    export const Answer = definePlugin({ config: z.object({ a: z.string().default('x') }), handler: (c) => app.fetch(c.req.raw) })
  `
  const folder = await pluginFolder({ 'plugin.ts': source })
  const other = await pluginFolder({})
  const used = join(other, 'used')
  const program = join(root, 'node_modules/esbuild-wasm/bin/esbuild')
  const wrapper = join(other, 'esbuild.sh')
  await writeFile(wrapper, `#!/bin/sh\necho yes > '${used}'\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  const build = async (output: string, env: NodeJS.ProcessEnv) => {
    const command = [join(root, 'src/main.ts'), 'plugin', 'build', folder, '-o', output]
    await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } })
    return await readFile(output)
  }
  const here = await build(join(other, 'here.js'), {})
  const there = await build(join(other, 'there.js'), { ESBUILD_BINARY_PATH: wrapper })
  assert.equal(await readFile(used, 'utf8'), 'yes\n')
  assert.ok(here.equals(there))
})
