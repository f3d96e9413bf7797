import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chown, cp, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { compile } from '../../src/compiler/compile.ts'
import { openLog } from '../../src/log.ts'
import { parseArtifact } from '../../src/plugin/artifact.ts'
import { kv } from '../../src/plugin/contract/index.ts'
import { loadArtifact } from '../../src/plugin/loader.ts'
import { current } from '../../src/version.ts'
import { type Files, fakePackage, install, pluginFolder, root } from './plugin-folder.ts'

const head = "import type { Plugin } from 'postern/plugin'\n\n"
const one = { 'plugin.ts': `${head}export const A: Plugin = (c) => {\n  c.req.raw.headers.append('Foo', 'Bar')\n}\n` }

async function compiled(folder: string) {
  const report = await compile({ source: folder, output: join(folder, 'plugin.js') })
  return { ...report, bytes: await readFile(report.output) }
}

async function stampOf(files: Files) {
  return (await compiled(await pluginFolder(files))).stamp
}

/** Loads an artifact as a gateway does and calls one of its exports, which looks at nothing. */
async function call(bytes: Buffer, name: string): Promise<unknown> {
  const log = await openLog({ level: 'silent', format: 'json' })
  const loaded = loadArtifact(parseArtifact(bytes, 'plugin.js'), { log, kv })
  return (loaded.exports.get(name)?.handler as (() => unknown) | undefined)?.()
}

describe('a folder of TypeScript becomes an artifact', { concurrency: 2 }, () => {
  test('where it holds plugin.ts alone, and nothing else is left behind', async () => {
    const folder = await pluginFolder(one)
    const { stamp, bytes, warnings } = await compiled(folder)
    assert.deepEqual(await readdir(folder), ['plugin.js', 'plugin.ts'])
    assert.deepEqual(warnings, [])
    const { sha256, source, ...rest } = stamp
    assert.deepEqual(rest, {
      format: 1,
      gateway: current.version,
      build: current.build,
      contract: current.contract,
      node: process.versions.node,
      name: 'plugin',
      version: '0.0.0',
      exports: [{ name: 'A', kind: 'plugin' }],
      permissions: {},
      packages: [],
    })
    assert.match(`${source.digest} ${sha256}`, /^[0-9a-f]{64} [0-9a-f]{64}$/)
    const { code, sourceMap } = parseArtifact(bytes, 'plugin.js')
    assert.deepEqual(JSON.parse(sourceMap ?? '').sources, ['plugin.ts'])
    assert.doesNotMatch(bytes.toString() + sourceMap, new RegExp(`${folder}|${tmpdir()}/|${root}`))
    assert.match(code, /^"use strict";\n/)
  })

  test('which may change built-in objects when it is loaded; a warning says where that will do', async () => {
    const source = `${head}Object.assign(Array.prototype, { last: 1 })\n\nexport const A: Plugin = () => {}\n`
    const { stamp, warnings } = await compiled(await pluginFolder({ 'plugin.ts': source }))
    assert.deepEqual(stamp.exports, [{ name: 'A', kind: 'plugin' }])
    assert.equal(warnings.length, 1)
    assert.match(
      String(warnings[0]),
      /^plugin\.ts:3:8: warning: The module-level code changes what all plugins share: Cannot add property last, object is not extensible; a gateway loads this artifact only where the definition says "isolation": "worker"\n\n/,
    )
  })

  test('whose configuration schema is in its stamp, and its package.json says who it is', async () => {
    const stamp = await stampOf({
      'plugin.ts': `import { definePlugin } from 'postern/plugin'
        import { z } from 'zod'
        export const Greet = definePlugin({
          config: z.object({ greeting: z.string(), times: z.number().default(1) }),
          handler: (c) => c.header('X-Greeting', c.var.config.greeting.repeat(c.var.config.times)),
        })
        export const Plain = definePlugin({ handler: () => {} })`,
      'package.json': { name: 'greeter', version: '1.2.3', postern: { permissions: { net: ['localhost'] } } },
      'package-lock.json': {},
    })
    assert.equal(`${stamp.name} ${stamp.version}`, 'greeter 1.2.3')
    assert.deepEqual(stamp.permissions, { net: ['localhost'] })
    assert.match(stamp.source.lockfile, /^[0-9a-f]{64}$/)
    assert.deepEqual(stamp.exports, [
      {
        name: 'Greet',
        kind: 'defined',
        config: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          properties: { greeting: { type: 'string' }, times: { default: 1, type: 'number' } },
          required: ['greeting'],
        },
      },
      { name: 'Plain', kind: 'defined' },
    ])
    assert.deepEqual(
      stamp.packages.map(({ name, license }) => `${name} ${license}`),
      ['zod MIT'],
    )
  })

  test('with middleware of Hono that nobody has installed', async () => {
    const source = `${head}import { basicAuth } from 'hono/basic-auth'\nexport const A: Plugin = basicAuth({ username: 'a', password: 'b' })\n`
    const { packages } = await stampOf({ 'plugin.ts': source })
    const { version } = JSON.parse(await readFile(join(root, 'node_modules/hono/package.json'), 'utf8'))
    assert.deepEqual(packages, [{ name: 'hono', version, license: 'MIT' }])
  })

  test('with packages of its own: one of ES modules alone, one in CommonJS, and its own copy of Hono', async () => {
    const folder = await pluginFolder({
      'plugin.ts': `${head}
        import { greet } from 'esm-only'
        import { count } from 'cjs'
        import type { Context } from 'hono'
        import { basicAuth } from 'hono/basic-auth'
        const text = (c?: Context) => greet(String(count())) + (c ? c.req.path : '')
        export const Greet: Plugin = () => new Response(text())
        export const Path: Plugin = (c) => c.text(text(c))
        export const Auth: Plugin = basicAuth({ username: 'a', password: 'b' })`,
      ...fakePackage('cjs', {
        'index.js': 'let n = 41\nexports.count = () => ++n',
        'index.d.ts': 'export function count(): number',
      }),
      ...fakePackage(
        'esm-only',
        {
          'src/main.js':
            "import { readFileSync } from 'node:fs'\nexport const greet = (name) => ['hello', name, typeof readFileSync].join(' ')",
          'src/main.d.ts': 'export function greet(name: string): string',
        },
        { type: 'module', exports: { '.': { types: './src/main.d.ts', import: './src/main.js' } } },
      ),
    })
    install(folder, 'hono')
    const { stamp, bytes } = await compiled(folder)
    assert.deepEqual(
      stamp.packages.map(({ name }) => name),
      ['cjs', 'esm-only', 'hono'],
    )
    assert.equal(await ((await call(bytes, 'Greet')) as Response).text(), 'hello 42 function')
  })

  test('with a package that does without what it cannot have', async () => {
    const folder = await pluginFolder({
      'plugin.ts': `${head}import { found } from 'flexible'\nexport const A: Plugin = () => new Response(found.join())\n`,
      ...fakePackage('flexible', {
        'index.d.ts': 'export const found: string[]',
        'index.js': `exports.found = []
          for (const name of ['fast']) { try { require(name) } catch { exports.found.push('dynamic') } }
          try { require('nowhere') } catch { exports.found.push('missing') }
          try { require('native') } catch { exports.found.push('native') }
          try { require('./build/fast.node') } catch { exports.found.push('file') }
          try { process.binding('fs') } catch {}`,
      }),
      ...fakePackage('native', { 'index.js': 'throw new Error("bundled")', 'binding.gyp': '{}' }),
    })
    const { stamp, bytes } = await compiled(folder)
    assert.deepEqual(
      stamp.packages.map(({ name }) => name),
      ['flexible'],
    )
    assert.match(await ((await call(bytes, 'A')) as Response).text(), /^dynamic,missing,native,file$/)
  })

  test('with an old package that is no strict mode code', async () => {
    const folder = await pluginFolder({
      'plugin.ts': `${head}import { permission } from 'old'\nexport const A: Plugin = () => new Response(String(permission))\n`,
      ...fakePackage('old', {
        'index.js': 'leak = 0644\nexports.permission = leak',
        'index.d.ts': 'export const permission: number',
      }),
    })
    assert.equal(await ((await call((await compiled(folder)).bytes, 'A')) as Response).text(), '420')
  })

  test('with JSX, JSON, path aliases, imports without endings, and a literal import()', async () => {
    const folder = await pluginFolder({
      'package.json': { postern: { entry: 'code/main.tsx' } },
      'code/main.tsx': `${head}
        import { name } from '@/name'
        import data from './data.json'
        export const A: Plugin = async (c) => c.html(<p>{name} {data.n} {(await import('./later')).later}</p>)
        export const B = async () => data.n + (await import('./later')).later`,
      'code/name.ts': "export const name = 'x'",
      'code/later.ts': 'export const later = 1',
      'code/main.test.ts': "import './nowhere.ts'\nconst wrong: string = 1\n",
      'code/data.json': { n: 41 },
      'tsconfig.json': { compilerOptions: { paths: { '@/*': ['./code/*'] } } },
    })
    assert.equal(await call((await compiled(folder)).bytes, 'B'), 42)
  })

  test('with links in it, also one that leads nowhere and one that leads back up', async () => {
    const folder = await pluginFolder({ 'src/plugin.ts': "export { A } from './linked.ts'\n" })
    const elsewhere = await pluginFolder({ 'a.ts': 'export const A = () => {}\n' })
    await symlink(join(elsewhere, 'a.ts'), join(folder, 'src/linked.ts'))
    await symlink('nowhere', join(folder, 'dangling'))
    await symlink('..', join(folder, 'src/up'))
    assert.equal((await compiled(folder)).stamp.exports[0]?.name, 'A')
  })

  test('owned by the owner of the folder, and readable for a gateway of another user', async (t) => {
    const folder = await pluginFolder(one)
    const foreign = process.getuid?.() === 0
    if (!foreign) t.diagnostic('the owner is compared only where the tests run as root')
    if (foreign) await chown(folder, 12345, 12346)
    const { output } = await compiled(folder)
    const { uid, gid, mode } = await stat(output)
    assert.equal(mode & 0o777, 0o644)
    if (foreign) assert.deepEqual([uid, gid], [12345, 12346])
  })
})

test('the entry is what package.json names, or else one of the usual files, never an artifact', async () => {
  const source = (name: string) => `${head}export const ${name}: Plugin = () => {}\n`
  const artifact = '/*! postern {"format":1} */\nexports.Old = () => {}\n'
  const folders: [string, Files][] = [
    [
      'Named',
      { 'package.json': { postern: { entry: 'a/b.ts' }, main: 'main.ts' }, 'a/b.ts': source('Named'), 'main.ts': source('Main') },
    ],
    ['Main', { 'package.json': { main: 'main.ts' }, 'main.ts': source('Main'), 'plugin.ts': source('Other') }],
    ['Usual', { 'package.json': { main: 'plugin.js' }, 'plugin.js': artifact, 'src/index.mts': source('Usual') }],
    ['Script', { 'index.js': 'export const Script = () => {}\n' }],
  ]
  const found = await Promise.all(folders.map(async ([, files]) => (await stampOf(files)).exports[0]?.name))
  assert.deepEqual(
    found,
    folders.map(([name]) => name),
  )
})

test('the same source gives the same bytes, wherever it and its packages lie and whoever compiles it', async () => {
  const files = {
    'plugin.ts': `import { definePlugin } from 'postern/plugin'
      import { basicAuth } from 'hono/basic-auth'
      import * as z from 'zod/mini'
      import { three } from 'cjs'
      import { twice } from './lib/größer.js'
      /*! Copyright notices are kept. */
      export const Größe = definePlugin({ config: z.object({ n: z.number() }), handler: (c) => c.text(twice(c.var.config.n) + three) })
      export const Auth = basicAuth({ username: 'a', password: 'b' })`,
    'lib/größer.ts': "export const twice = (n: number) => String(n * 2) + ' ✓'",
    ...fakePackage('cjs', { 'index.js': 'exports.three = 3', 'index.d.ts': 'export const three: number' }),
  }
  const provided = await pluginFolder(files)
  const installed = join(await pluginFolder({}), 'elsewhere/größer & deeper')
  await mkdir(installed, { recursive: true })
  await cp(provided, installed, { recursive: true })
  for (const name of ['hono', 'zod']) install(installed, name)

  const first = (await compiled(provided)).bytes
  const second = (await compiled(installed)).bytes
  assert.ok(first.equals(second))
  assert.doesNotMatch(first.toString(), new RegExp(`${tmpdir()}/|${root}|postern-`))

  const [command, cwd] = [join(root, 'src/main.ts'), await pluginFolder({})]
  // A commit that is made meanwhile is another build.
  const env = { ...process.env, POSTERN_BUILD_ID: current.build }
  await promisify(execFile)(process.execPath, [command, 'plugin', 'build', provided, '-o', 'third.js'], { cwd, env })
  assert.ok(first.equals(await readFile(join(cwd, 'third.js'))))
})
