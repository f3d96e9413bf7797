import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../harness/until.ts'
import { serveFolder } from './dev-folder.ts'

const answer = (text: string) => `export const Answer = (c) => c.text('${text}')\n`

test('a saved plugin serves at once; every request is printed with its steps', async () => {
  await using dev = await serveFolder({ 'plugin.js': answer('one') })
  assert.equal(await dev.get('/a?b'), 'one')
  assert.match(await dev.reads('/a?b'), /^GET \/a\?b → 200 in \d+(\.\d+)? ms\n {2}pre {2}Answer {2}answered {2}\d+(\.\d+)? ms$/)
  await dev.save('plugin.js', answer('two'))
  await until('the new answer', async () => (await dev.get()) === 'two')
  await dev.reads(/^Swapped in \d+ ms$/)
})

test('types are checked once the new version serves; what is wrong comes as a code frame', async () => {
  await using dev = await serveFolder({ 'plugin.ts': "export const A = (c: any) => c.text('one')\n" })
  await dev.save('plugin.ts', "const wrong: number = 'no'\nexport const A = (c: any) => c.text('two' + wrong)\n")
  await until('the new answer', async () => (await dev.get()) === 'twono')
  assert.match(
    await dev.reads('TS2322'),
    /^plugin\.ts:1:7: error TS2322: .*\n\n {2}1 \| const wrong: number = 'no'\n {4}\| {7}\^\n/,
  )
})

test('a build that fails leaves the one before it in service, and so does one that cannot be loaded', async () => {
  await using dev = await serveFolder({ 'plugin.ts': "export const A = (c: any) => c.text('one')\n" })
  await dev.save('plugin.ts', 'export const A = (\n')
  await dev.reads(/plugin\.ts:2:1: error: .*Unexpected end of file/)
  assert.equal(await dev.get(), 'one')
  await dev.save('plugin.ts', "const text = 'at load'\nthrow new Error(text)\nexport const A = () => {}\n")
  assert.match(await dev.reads('at load'), /^ {2}2 \| throw new Error\(text\)\n {4}\| {7}\^$/m)
  assert.equal(await dev.get(), 'one')
})

test('a folder that does not build at first is served as soon as it does', async () => {
  await using dev = await serveFolder({ 'plugin.ts': 'export const A = (\n' })
  await dev.reads('Unexpected end of file')
  assert.match(await dev.get(), /Not Found/)
  await dev.save('plugin.ts', "export const A = (c: any) => c.text('at last')\n")
  await until('an answer', async () => (await dev.get()) === 'at last')
})

test('an error is printed with the lines of the source that it comes from', async () => {
  const source =
    "import type { Plugin } from 'postern/plugin'\n\nexport const Fail: Plugin = () => {\n  throw new Error('boom')\n}\n"
  await using dev = await serveFolder({ 'plugin.ts': source })
  await dev.get('/fail')
  assert.match(await dev.reads(/^GET \/fail → 500/), /pre {2}Fail {2}threw/)
  const report = await dev.reads(/^error \[plugin\] .*boom/)
  assert.match(report, /\n {2}4 \| {3}throw new Error\('boom'\)\n {4}\| {9}\^\n/)
  assert.match(report, /\n {4}at Fail \(plugin\.ts:4:9\)$/)
})

test('dev.json says how the plugin is used, with what is left out filled in, and is watched too', async () => {
  const definition = (greeting: string) =>
    JSON.stringify({ custom_middleware: { response: [{ name: 'Greet', config: { greeting } }] } })
  const source = "export const Greet = (c) => { c.res.headers.set('x-greeting', c.var.config.greeting) }\n"
  await using dev = await serveFolder({ 'plugin.js': source, 'dev.json': definition('hello') })
  const greeting = async () => (await fetch(dev.url)).headers.get('x-greeting')
  assert.equal(await greeting(), 'hello')
  await dev.save('dev.json', definition('goodbye'))
  await until('the new greeting', async () => (await greeting()) === 'goodbye')
  await dev.save('dev.json', '{ "custom_middleware": ')
  await dev.reads(/dev\.json" failed at line 1, column 24: .*\n.*\n.*the version before it stays in use/)
  assert.equal(await greeting(), 'goodbye', 'the last good one goes on')
})

test('a configuration that the schema refuses is told with its path, what was expected, and the file', async () => {
  const source = `import { definePlugin } from 'postern/plugin'
    import { z } from 'zod'
    export const Limit = definePlugin({ config: z.object({ limits: z.array(z.number()) }), handler: () => {} })`
  const definition = { custom_middleware: { pre: [{ name: 'Limit', config: { limits: [1, 'two'] } }] } }
  await using dev = await serveFolder({ 'plugin.ts': source, 'dev.json': definition })
  const report = await dev.reads('Limit')
  assert.match(report, /custom_middleware\.pre\[0\]\.config\.limits\[1\]: .*expected number/)
  assert.ok(report.includes(`${dev.path}/dev.json`), report)
})

test('without a definition every plugin runs in the hook of package.json, or in the one that the command names', async () => {
  const plugin = "export const A = (c) => { c.header('x-a', String(c.var.config.a)) }\nexport const B = () => {}\n"
  const manifest = { name: 'mine', postern: { dev: { hook: 'post', config: { A: { a: 7 } } } } }
  await using dev = await serveFolder({ 'plugin.js': plugin, 'package.json': manifest })
  assert.equal((await fetch(dev.url)).headers.get('x-a'), '7')
  assert.match(await dev.reads('GET /'), / {2}post {3}A .*\n {2}post {3}B .*\n {2}proxy {2}upstream/)

  await using other = await serveFolder({ 'plugin.js': plugin, 'package.json': manifest }, { hook: 'response' })
  await other.get()
  assert.match(await other.reads('GET /'), /proxy.*\n {4}response {2}A .*\n {4}response {2}B/)
})
