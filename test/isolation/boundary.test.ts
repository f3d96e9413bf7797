/** What a plugin can notice of the thread that it runs in, and what happens there when a version begins and ends. */
import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pluginFolder } from '../compiler/plugin-folder.ts'
import { compiledFolder, compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'

const worker = { path: 'plugin.js', isolation: 'worker' }

function withPlugins(plugin: string, pre: object[], more: object = {}): StageOptions {
  return { plugin, definition: { custom_middleware: { driver: 'jsplugin', pre, ...more } } }
}

test('data that plugins hand one another goes through, in both directions, and other values say that they cannot', async () => {
  const plugin = `
    import type { Plugin } from 'postern/plugin'
    export const SetInline: Plugin = (c) => { c.set('data', { seen: new Map([['a', 1]]) }); c.set('method', () => 1) }
    export const InWorker: Plugin = async (c, next) => {
      const data = c.get('data')
      data.seen.set('b', 2)
      c.set('own', { at: new Date(0) })
      const own = c.get('own')
      const errors = [() => c.get('method'), () => c.var.method, () => c.set('mine', () => 1)].map((attempt) => {
        try { return attempt() } catch (error) { return (error as { code: string }).code }
      })
      await next()
      c.header('X-Errors', errors.join())
      c.header('X-Same', [c.get('data') === data, c.get('own') === own, c.get('inner')].join())
    }
    export const ReadInline: Plugin = (c) => {
      c.set('inner', 'set inside')
      return c.text([...c.get('data').seen.keys(), c.get('own').at.getTime(), typeof c.get('method')].join())
    }`
  const uses = [
    { name: 'SetInline', path: 'plugin.js' },
    { name: 'InWorker', ...worker },
    { name: 'ReadInline', path: 'plugin.js' },
  ]
  await using stage = await openStage(withPlugins(plugin, uses))
  const { head, text } = await exchange(stage.port, formatRequest('GET /api/'))
  assert.equal(text, 'a,b,0,function')
  assert.equal(headerValue(head.lines, 'x-errors'), 'worker_variable_left,worker_variable_left,worker_variable_refused')
  assert.equal(headerValue(head.lines, 'x-same'), 'true,true,set inside')
})

test('kv is the gateway’s, and the session, the connection and the signal are the request’s', async () => {
  const plugin = `
    import { ctx, kv, type Plugin } from 'postern/plugin'
    export const Count: Plugin = async (c) => {
      await kv.set('object', { a: [1] })
      const failure = await kv.increment('object').catch((error) => error.code)
      c.header('X-Kv', [await kv.increment('hits'), (await kv.get<{ a: number[] }>('object'))?.a[0], failure].join())
      c.header('X-Socket', (c.env as { incoming: { socket: { remoteAddress: string } } }).incoming.socket.remoteAddress)
      c.header('X-Aborted', String(c.req.raw.signal.aborted))
    }`
  await using stage = await openStage(
    withPlugins(plugin, [
      { name: 'Count', ...worker },
      { name: 'Count', path: 'plugin.js' },
    ]),
  )
  const { head } = await exchange(stage.port, formatRequest('GET /api/'))
  assert.equal(headerValue(head.lines, 'x-kv'), '2,1,store_increment_invalid')
  assert.match(headerValue(head.lines, 'x-socket') ?? '', /127\.0\.0\.1$/)
  assert.equal(headerValue(head.lines, 'x-aborted'), 'false')
})

test('a body that only streams through a worker keeps its bytes, and one that is too large is refused', async () => {
  const plugin = `
    import type { Plugin } from 'postern/plugin'
    export const Through: Plugin = async (c, next) => {
      await next()
      const upper = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => controller.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
      })
      c.res = new Response(c.res.body!.pipeThrough(upper), c.res)
    }
    export const Read: Plugin = async (c) => { await c.req.text() }`
  const text = 'abc'.repeat(200_000)
  await using stage = await openStage({
    ...withPlugins(plugin, [
      { name: 'Through', ...worker },
      { name: 'Read', ...worker },
    ]),
    script: async (to) => {
      await to.receive()
      await to.answer(200, [], text)
    },
    config: { max_plugin_body: 1_000 },
  })
  const answer = await exchange(stage.port, formatRequest('POST /api/', [], 'x'.repeat(1_000)))
  assert.equal(answer.status, 200)
  assert.equal(answer.text, text.toUpperCase())
  const refused = await exchange(stage.port, formatRequest('POST /api/', [], 'x'.repeat(1_001)))
  assert.equal(refused.status, 413)
})

test('a configuration is checked by the schema in the worker, and dispose runs there when the version ends', async () => {
  const plugin = `
    import { definePlugin, log } from 'postern/plugin'
    import { z } from 'zod'
    export const Greet = definePlugin({
      config: z.object({ greeting: z.string().transform((text) => ({ say: () => text + '!' })) }),
      handler: (c) => { c.header('X-Greeting', c.var.config.greeting.say()) },
      dispose: () => log.get().info('disposed of'),
    })`
  const stage = await openStage(withPlugins(plugin, [{ name: 'Greet', ...worker, config: { greeting: 'hello' } }]))
  const { log } = stage.gateway
  {
    await using _ = stage
    const { head } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.equal(headerValue(head.lines, 'x-greeting'), 'hello!')
    const { definition: fields } = withPlugins('', [{ name: 'Greet', ...worker, config: { greeting: 7 } }])
    await stage.gateway.folder.writeDefinition('api.json', definition(stage.upstream.url, fields))
    const { failed } = await stage.gateway.reload()
    assert.match(String(failed[0]?.error), /custom_middleware\.pre\[0\]\.config\.greeting: .*expected string/)
    assert.deepEqual(
      log.lines.filter((line) => line.includes('disposed of')),
      [],
    )
  }
  await log.waitFor('disposed of')
})

test('a changed artifact gets a worker of its own, and the worker before it ends with its version', async () => {
  const version = (name: string) => `
    import { definePlugin, log } from 'postern/plugin'
    export const Tell = definePlugin({
      handler: (c) => c.text('${name}'),
      dispose: () => log.get().info('disposed of ${name}'),
    })`
  await using stage = await openStage(withPlugins(version('one'), [{ name: 'Tell', ...worker }]))
  const ask = async () => (await exchange(stage.port, formatRequest('GET /api/'))).text
  assert.equal(await ask(), 'one')
  await copyFile(await compiledText(version('two')), join(stage.gateway.folder.path, 'plugin.js'))
  await stage.gateway.reload()
  assert.equal(await ask(), 'two')
  await stage.gateway.log.waitFor('disposed of one')
})

test('a plugin that asks for more than it is granted is warned of when it is loaded', async () => {
  const folder = await pluginFolder({
    'plugin.ts': `import type { Plugin } from 'postern/plugin'\nexport const Fetch: Plugin = () => {}`,
    'package.json': { name: 'asking', version: '1.0.0', postern: { permissions: { net: true, env: ['REGION'], fs_read: [] } } },
  })
  const artifact = await compiledFolder(folder)
  const { definition: fields } = withPlugins('', [{ name: 'Fetch', ...worker, permissions: { env: ['REGION'] } }])
  await using stage = await openStage({ ...(fields && { definition: fields }) })
  await copyFile(artifact, join(stage.gateway.folder.path, 'plugin.js'))
  await stage.gateway.reload()
  const line = await stage.gateway.log.waitFor('worker_permissions_missing')
  assert.match(JSON.parse(line).msg, /^Plugin "asking" \(".*plugin\.js"\) asks for net, which its worker does not get; /)
})

test('module level code that throws quarantines the use, as it does inline', async () => {
  await using stage = await openStage(
    withPlugins(
      `import type { Plugin } from 'postern/plugin'
    import { isMainThread } from 'node:worker_threads'
    if (!isMainThread) throw new Error('not today')
    export const Fine: Plugin = () => {}`,
      [{ name: 'Fine', ...worker }],
    ),
  )
  assert.match(
    stage.gateway.report.quarantined[0]?.reason ?? '',
    /Run the module level code of plugin "plugin" failed .*: not today/,
  )
  assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 500)
})
