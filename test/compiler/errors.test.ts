import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { compile } from '../../src/compiler/compile.ts'
import { type ErrorCode, isFailure } from '../../src/errors.ts'
import { type Files, fakePackage, pluginFolder } from './plugin-folder.ts'

const head = "import type { Plugin } from 'postern/plugin'\n\n"
const plugin = "export const A: Plugin = (c) => c.text('')\n"

/** Compiles what must fail, and shows that nothing was written. Returns the message, without what differs between runs. */
async function refusal(files: Files, code: ErrorCode, loadTimeout = 10_000): Promise<string> {
  const folder = await pluginFolder(files)
  const before = await readdir(folder, { recursive: true })
  const attempt = compile({ source: folder, output: join(folder, 'plugin.js'), loadTimeout })
  const error = await attempt.then(
    () => assert.fail('it compiled'),
    (thrown: unknown) => thrown,
  )
  assert.ok(isFailure(error, code), String(error))
  assert.deepEqual(await readdir(folder, { recursive: true }), before)
  return error.message.replaceAll(folder, '/folder')
}

/** What a report says before its last sentence. */
async function report(files: Files, loadTimeout?: number): Promise<string> {
  const message = await refusal(files, 'compile_failed', loadTimeout)
  const [, problems = message] = /^(.*)\n\nCompile "\/folder" failed: 1 error; nothing was written$/s.exec(message) ?? []
  return problems
}

describe('a plugin that cannot be compiled is refused with its place in the source', { concurrency: 2 }, () => {
  test('a type error', async () => {
    const source = `${head}export const A: Plugin = (c) => {\n\tc.req.raw.headers.append('n', 1)\n}\n`
    assert.equal(
      await report({ 'plugin.ts': source }),
      `plugin.ts:4:32: error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'.

  3 | export const A: Plugin = (c) => {
  4 | 	c.req.raw.headers.append('n', 1)
    | 	                              ^
  5 | }`,
    )
  })

  test('type errors in several files, which are counted', async () => {
    const message = await refusal(
      {
        'plugin.ts': `${head}import { n } from './lib/n.ts'\n${plugin}export const m: string = n\n`,
        'lib/n.ts': "export const n: number = ''\n",
      },
      'compile_failed',
    )
    assert.match(message, /^lib\/n\.ts:1:14: error TS2322: .*\n\n.*^plugin\.ts:5:14: error TS2322: /ms)
    assert.match(message, /\n\nCompile "\/folder" failed: 2 errors; nothing was written$/)
  })

  test('a plugin that is stricter than the compiler, by its tsconfig.json', async () => {
    const tsconfig = '// mine\n{ "compilerOptions": { "noUnusedLocals": true, "outDir": "dist", "composite": true } }'
    const text = await report({ 'plugin.ts': `${head}${plugin}const unused = 1\n`, 'tsconfig.json': tsconfig })
    assert.match(text, /^plugin\.ts:4:7: error TS6133: 'unused' is declared but its value is never read\.\n/)
  })

  test('a broken tsconfig.json', async () => {
    const text = await report({ 'plugin.ts': head + plugin, 'tsconfig.json': '{ "compilerOptions": { "strictt": true } }' })
    assert.match(text, /^tsconfig\.json:1:24: error TS5023: Unknown compiler option 'strictt'\.\n/)
  })

  test('a package that nobody has installed', async () => {
    const source = `${head}import pad from 'left-pad/lib'\nexport const A: Plugin = (c) => c.text(pad(c.req.url))\n`
    assert.equal(
      await report({ 'plugin.ts': source }),
      `plugin.ts:3:17: error: Import "left-pad/lib" failed: the package "left-pad" is not installed; run \`npm install left-pad\` in the plugin's folder, and compile again

  2 |
  3 | import pad from 'left-pad/lib'
    |                 ^
  4 | export const A: Plugin = (c) => c.text(pad(c.req.url))`,
    )
  })

  test('a package that a package is missing', async () => {
    const needy = fakePackage('needy', { 'index.js': "\nmodule.exports = require('@scope/needed/x')" })
    const text = await report({ 'plugin.ts': `${head}import 'needy'\n${plugin}`, ...needy })
    assert.match(text, /^node_modules\/needy\/index\.js:2:26: error: .* run `npm install @scope\/needed` in the plugin's folder/)
  })

  test('a package with native code', async () => {
    const native = fakePackage('quick-hash', {
      'index.js': "exports.hash = require('./build/hash.node')",
      'index.d.ts': 'export const hash: string',
      'binding.gyp': '{}',
      'build/hash.node': 'ELF',
    })
    assert.equal(
      await report({
        'plugin.ts': `${head}import { hash } from 'quick-hash'\nexport const A: Plugin = (c) => c.text(hash)\n`,
        ...native,
      }),
      `plugin.ts:3:22: error: Bundle "quick-hash" failed: it is a native addon, and an artifact holds JavaScript alone; use a package without native code

  2 |
  3 | import { hash } from 'quick-hash'
    |                      ^
  4 | export const A: Plugin = (c) => c.text(hash)`,
    )
  })

  test('a package whose main file is native', async () => {
    const native = fakePackage('hash-linux', { 'hash.node': 'ELF' }, { main: 'hash.node' })
    const types = { 'hash.d.ts': "declare module 'hash-linux' {\n  export const hash: string\n}\n" }
    const source = `${head}import { hash } from 'hash-linux'\nexport const A: Plugin = (c) => c.text(hash)\n`
    assert.match(
      await report({ 'plugin.ts': source, ...native, ...types }),
      /^plugin\.ts:3:22: error: Bundle "hash-linux" failed: it is a native addon/,
    )
  })

  test('a native file of the plugin itself', async () => {
    const source = `${head}const hash = require('./hash.node')\nexport const A: Plugin = (c) => c.text(hash)\n`
    const text = await report({ 'plugin.ts': source, 'hash.node': 'ELF' })
    assert.match(text, /^plugin\.ts:3:14: error: Bundle "\.\/hash\.node" failed: it is a native addon/)
  })

  test('a require of what only the run knows', async () => {
    const source = `${head}export const A: Plugin = (c) => {\n  const name = c.req.path\n  return c.json(require(name))\n}\n`
    assert.equal(
      await report({ 'plugin.ts': source }),
      `plugin.ts:5:17: error: Bundle a call of require() failed: its argument is not a text in quotes, so the compiler cannot tell what to bundle; name the module

  4 |   const name = c.req.path
  5 |   return c.json(require(name))
    |                 ^
  6 | }`,
    )
  })

  test('an import of what only the run knows, in a file whose name is not plain', async () => {
    const source = `${head}export const A: Plugin = async (c) => c.json(await import(c.req.path))\n`
    const text = await report({ 'plugin.ts': "export { A } from './sub dir/größe'\n", 'sub dir/größe.ts': source })
    assert.match(text, /^sub dir\/größe\.ts:3:52: error: Bundle an import\(\) failed: its argument is not a text in quotes/)
  })

  test('a package that requires what only the run knows', async () => {
    const dynamic = fakePackage('dynamic', {
      'index.js': 'exports.load = (name) => require(name)',
      'index.d.ts': 'export function load(name: string): string',
    })
    const source = `${head}import { load } from 'dynamic'\nexport const A: Plugin = (c) => c.text(load(c.req.path))\n`
    assert.match(
      await report({ 'plugin.ts': source, ...dynamic }),
      /^node_modules\/dynamic\/index\.js:1:26: error: Bundle a call of require\(\) failed/,
    )
  })

  test('an await outside of functions', async () => {
    const source = `${head}const answer = await fetch('http://localhost')\nexport const A: Plugin = () => answer\n`
    assert.equal(
      await report({ 'plugin.ts': source }),
      `plugin.ts:3:16: error: Bundle an await outside of functions failed: an artifact is loaded in one go; await inside the plugin's function, or keep the promise in a variable

  2 |
  3 | const answer = await fetch('http://localhost')
    |                ^
  4 | export const A: Plugin = () => answer`,
    )
  })

  for (const property of ['url', 'dirname', 'filename']) {
    test(`import.meta.${property}`, async () => {
      const text = await report({ 'plugin.ts': `${head}export const A: Plugin = (c) => c.text(import.meta.${property})\n` })
      assert.match(
        text,
        new RegExp(`^plugin\\.ts:3:40: error: Bundle "import\\.meta\\.${property}" failed: an artifact is one file`),
      )
    })
  }

  for (const property of ['dlopen', 'binding']) {
    test(`process.${property}`, async () => {
      const source = `${head}export const A: Plugin = () => {\n  // @ts-ignore\n  process.${property}('x')\n}\n`
      const text = await report({ 'plugin.ts': source })
      assert.match(text, new RegExp(`^plugin\\.ts:5:3: error: Bundle "process\\.${property}" failed: it reaches into`))
    })
  }
})

describe('a plugin that cannot be loaded is refused with its place in the source', { concurrency: 2 }, () => {
  test('module-level code that throws', async () => {
    const source = `${head}function read(): string {\n  throw new Error('no configuration')\n}\nexport const text = read()\n${plugin}`
    assert.equal(
      await report({ 'plugin.ts': source }),
      `plugin.ts:4:9: error: Load the plugin failed: its module-level code threw: no configuration

  3 | function read(): string {
  4 |   throw new Error('no configuration')
    |         ^
  5 | }`,
    )
  })

  test('module-level code that never ends', async () => {
    const text = await report({ 'plugin.ts': `${head}function spin(): void {\n  for (;;) {}\n}\nspin()\n${plugin}` }, 1000)
    assert.match(text, /^plugin\.ts:4:3: error: Load the plugin failed: its module-level code did not end within 1 s\n/)
  })

  test('module-level code that ends the process', async () => {
    const text = await report({ 'plugin.ts': `${head}process.exit(0)\n${plugin}` })
    assert.match(
      text,
      /^plugin\.ts:3:9: error: Load the plugin failed: .* a plugin may not end the gateway; throw an error instead\n/,
    )
  })

  test('module-level code that ends the process behind the back of the gateway', async () => {
    const text = await report({ 'plugin.ts': `${head}globalThis.process.abort()\n${plugin}` })
    assert.match(
      text,
      /^plugin\.ts:3:20: error: Load the plugin failed: its module-level code threw: process\.abort\(\) was called\n/,
    )
  })

  test('exports without a function', async () => {
    assert.equal(
      await report({ 'plugin.ts': 'export const answer = 42\nexport const list = [answer]\n' }),
      'error: Find a plugin among the exports failed: found answer, list, expected a function exported by name; write `export const MyPlugin: Plugin = (c) => { … }`',
    )
  })
})

describe('a folder that holds no plugin is refused', { concurrency: 2 }, () => {
  test('without an entry, by the names that were looked for', async () => {
    assert.equal(
      await refusal({ 'README.md': '' }, 'entry_missing'),
      'Find the plugin\'s entry in "/folder" failed: there is no plugin.ts, index.ts, src/plugin.ts, src/index.ts; write one of them, or name the file as "postern": { "entry": "…" } in package.json',
    )
  })

  test('whose package.json names an entry that is not there', async () => {
    const message = await refusal(
      { 'plugin.ts': '', 'package.json': { postern: { entry: 'src/main.ts' } } },
      'entry_named_missing',
    )
    assert.match(message, /package\.json names "src\/main\.ts" as postern\.entry, but the folder has no such file$/)
  })

  test('whose package.json is broken, or has an unknown field for Postern', async () => {
    assert.match(
      await refusal({ 'plugin.ts': '', 'package.json': '{' }, 'manifest_invalid'),
      /^Read "package\.json" failed: .*JSON/,
    )
    const message = await refusal({ 'plugin.ts': '', 'package.json': { postern: { entri: 'x.ts' } } }, 'manifest_invalid')
    assert.match(message, /^Read "package\.json" failed: postern: .*"entri"/)
  })

  test('whose only source is an artifact, or the very file that it is to be compiled to', async () => {
    await refusal({ 'plugin.js': '/*! postern {"format":1} */\nexports.A = () => {}\n' }, 'entry_missing')
    const message = await refusal({ 'plugin.js': 'exports.A = () => {}\n' }, 'output_is_source')
    assert.equal(message, 'Write "/folder/plugin.js" failed: the file is the plugin\'s own source; choose another name with -o')
  })

  test('that does not exist', async () => {
    const folder = await pluginFolder({})
    const source = join(folder, 'nowhere')
    await assert.rejects(compile({ source, output: join(folder, 'plugin.js') }), { code: 'source_missing' })
  })

  test('and so is an output in a folder that does not exist', async () => {
    const source = await pluginFolder({ 'plugin.ts': head + plugin })
    const output = join(source, 'dist/plugin.js')
    await assert.rejects(compile({ source, output }), {
      code: 'output_unwritable',
      message: /dist\/plugin\.js" failed: there is no folder ".*dist"; create it first$/,
    })
  })
})
