import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { SourceMap } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { pluginFolder, root } from '../compiler/plugin-folder.ts'
import { until } from '../harness/until.ts'
import { Debugger } from './debugger.ts'

interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  /** What it has written to either stream. */
  text(): string
  find(pattern: RegExp): Promise<string>
}

function postern(...args: string[]): Running {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
  const exited = once(child, 'close')
  return {
    child,
    text: () => text,
    find: (pattern) =>
      until(
        () => `${pattern} in:\n${text}`,
        () => pattern.exec(text)?.[1],
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const source = `import type { Plugin } from 'postern/plugin'

export const Add: Plugin = (c) => {
  const sum: number = 1 + 1
  c.header('X-Sum', String(sum))
}
`

test('plugin dev serves until Ctrl-C, and then ends as one that has done what it was asked', async () => {
  const folder = await pluginFolder({ 'plugin.ts': source })
  await using dev = postern('plugin', 'dev', folder, '--port', '0')
  const url = await dev.find(/on (http:\S+);/)
  assert.equal((await fetch(url)).headers.get('x-sum'), '2')
  dev.child.kill('SIGINT')
  assert.deepEqual(await once(dev.child, 'close'), [0, null], dev.text())
})

test('plugin dev refuses what it does not understand', async () => {
  const folder = await pluginFolder({ 'plugin.ts': source })
  for (const [option, complaint] of [
    ['--hook=auth', /found the hook "auth", expected one of pre, auth_check, post, response/],
    ['--upstream=ftp://x', /expected an http or https URL/],
    ['--port=high', /expected a number from 0 to 65535/],
  ] as const) {
    await using dev = postern('plugin', 'dev', folder, option)
    assert.deepEqual(await once(dev.child, 'close'), [2, null])
    assert.match(dev.text(), complaint)
  }
  await using nowhere = postern('plugin', 'dev', join(folder, 'nowhere'), '--port=0')
  assert.deepEqual(await once(nowhere.child, 'close'), [1, null])
  assert.match(nowhere.text(), /nowhere/)
})

test('a breakpoint in TypeScript holds under --inspect', async () => {
  const folder = await pluginFolder({ 'plugin.ts': source })
  const file = pathToFileURL(join(folder, 'plugin.ts')).href
  await using dev = postern('plugin', 'dev', folder, '--port', '0', '--inspect=0')
  await using inspector = await Debugger.open(await dev.find(/(ws:\S+)/))
  const url = await dev.find(/on (http:\S+);/)
  const script = await inspector.findScript((parsed) => parsed.url.startsWith('postern:') && parsed.sourceMapURL !== '')
  const map = new SourceMap(JSON.parse(Buffer.from(script.sourceMapURL.split(',')[1] ?? '', 'base64').toString()))
  assert.ok(map.payload.sources.includes(file), `${file} among ${map.payload.sources}`)

  // Line 5 of the source, as a debugger finds it in the script.
  const sourceLine = 4
  const lineOf = (line: number) => {
    const entry = map.findEntry(line, 4)
    return 'originalLine' in entry && entry.originalSource === file ? entry.originalLine : -1
  }
  const lineNumber = [...Array(100).keys()].find((line) => lineOf(line) === sourceLine)
  await inspector.send('Debugger.setBreakpointByUrl', { url: script.url, lineNumber })
  const response = fetch(url)
  const { lineNumber: pausedAt, value } = await inspector.pausedWith('sum')
  assert.equal(lineOf(pausedAt), sourceLine)
  assert.equal(value, 2)
  await inspector.send('Debugger.resume')
  assert.equal((await response).headers.get('x-sum'), '2')
})

test('plugin test runs the tests of a folder, from TypeScript, and tells their outcome by its exit code', async () => {
  const tests = (name: string) => `import assert from 'node:assert/strict'
    import { test } from 'node:test'
    import { Hono } from 'hono'
    import { z } from 'zod'
    import { gateway } from 'postern/test'
    import * as plugin from './plugin.ts'
    test('${name}', async () => {
      assert.ok(Hono && z)
      await using gw = await gateway({ definition: { custom_middleware: { pre: [{ name: 'Move' }] } }, plugins: { 'plugin.js': plugin } })
      const response = await gw.fetch('/a', { method: 'POST', body: 'kept' })
      assert.equal(gw.requests[0]?.target, '/moved')
      assert.equal(gw.requests[0]?.text(), '${name}')
    })`
  const plugin = `import { log, type Plugin } from 'postern/plugin'
    export const Move: Plugin = (c) => {
      log.get().info('moved')
      c.req.raw = new Request(new URL('/moved', c.req.url), c.req.raw)
    }`
  const folder = await pluginFolder({
    'package.json': { type: 'module' },
    'plugin.ts': plugin,
    'good.test.ts': tests('kept'),
    'deep/bad.test.ts': tests('lost').replace('./plugin.ts', '../plugin.ts'),
  })
  await using all = postern('plugin', 'test', folder)
  assert.deepEqual(await once(all.child, 'close'), [1, null])
  assert.match(all.text(), /✔ kept/)
  assert.match(all.text(), /✖ lost/)
  await using one = postern('plugin', 'test', folder, '--test-name-pattern=kept')
  assert.deepEqual(await once(one.child, 'close'), [0, null], one.text())

  await using none = postern('plugin', 'test', await pluginFolder({}))
  assert.deepEqual(await once(none.child, 'close'), [1, null])
  assert.match(none.text(), /found no file whose name ends in \.test\.ts/)
})

for (const [what, args, text] of [
  [
    'a folder that is not there',
    ['/nowhere/at all'],
    'Read the plugin\'s folder "/nowhere/at all" failed: there is no such folder\n',
  ],
  ['a port in use', null, 'another process listens there; stop it, or choose another with --port (0 for a free one)\n'],
] as const) {
  test(`plugin dev says in one line that it cannot serve: ${what}`, async () => {
    const busy = createServer().listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const { port } = busy.address() as AddressInfo
    const folder = await pluginFolder({ 'plugin.ts': 'export const A = () => {}' })
    await using dev = postern('plugin', 'dev', ...(args ?? [folder, '--port', String(port)]))
    assert.deepEqual(await once(dev.child, 'close'), [1, null])
    busy.close()
    assert.ok(dev.text().endsWith(text), dev.text())
  })
}
