import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import '../../src/testkit/register.ts'
import { openEcho } from '../../src/echo/open-echo.ts'
import { gateway } from '../../src/testkit/gateway.ts'
import { root } from '../compiler/plugin-folder.ts'
import { compiledFolder } from '../harness/compiled-plugin.ts'
import { until } from '../harness/until.ts'

// It imports `postern/plugin`, which only now can be found.
const plugins = await import('./plugins.ts')

const use = (...names: string[]) => names.map((name) => ({ name }))

describe('a gateway in the process of a test', () => {
  test('runs plugins and upstream function over the real chain, and shows what the upstream has seen', async () => {
    await using gw = await gateway({
      definition: { custom_middleware: { pre: use('AddFooBarHeader') } },
      plugins: { 'plugin.js': plugins },
      upstream: async (request) => new Response(`got ${await request.text()}`, { status: 201, headers: { 'X-Up': 'stream' } }),
    })
    const response = await gw.fetch('/a//b%2Fc/../d?x', { method: 'POST', body: 'hello', headers: { Accept: 'text/plain' } })
    assert.equal(response.status, 201)
    assert.equal(response.headers.get('x-up'), 'stream')
    assert.equal(await response.text(), 'got hello')
    const [seen, ...more] = gw.requests
    assert.deepEqual(more, [])
    assert.equal(seen?.target, '/a//b%2Fc/../d?x', 'byte for byte')
    assert.equal(seen?.headers.get('foo'), 'Bar')
    assert.equal(seen?.text(), 'hello')
    assert.deepEqual(
      seen?.rawHeaders
        .map(([name]) => name.toLowerCase())
        .filter((name) => !name.startsWith('x-'))
        .sort(),
      ['accept', 'connection', 'content-length', 'content-type', 'foo', 'host'],
    )
  })

  test('tells the steps of a request, what came of each, and how long it took', async () => {
    await using gw = await gateway({
      definition: {
        custom_middleware: {
          pre: [...use('Wrap', 'AddFooBarHeader'), { name: 'Throw', on_error: 'skip' }],
          response: use('Tag'),
        },
      },
      plugins: { 'plugin.js': plugins },
    })
    const response = await gw.fetch('/x')
    assert.equal(response.headers.get('x-wrapped'), 'yes')
    assert.equal(response.headers.get('x-tag'), 'response')
    const trace = await gw.trace(response)
    assert.deepEqual(
      trace.steps.map(({ name, phase, outcome, depth }) => `${depth} ${phase} ${name}: ${outcome}`),
      [
        '0 pre Wrap: done',
        '1 pre AddFooBarHeader: go-on',
        '1 pre Throw: skipped',
        '1 proxy proxy: answered',
        '2 response Tag: go-on',
      ],
    )
    assert.match(trace.steps[2]?.error ?? '', /on purpose/)
    assert.ok(trace.steps.every(({ ms }) => ms >= 0 && ms <= trace.ms))
    assert.deepEqual(gw.traces, [trace])
  })

  test('tells of a request that a plugin has answered, of one that nobody took, and of an upstream that failed', async () => {
    await using gw = await gateway({
      definition: { proxy: { listen_path: '/api/' }, custom_middleware: { post: use('Teapot') } },
      plugins: { 'plugin.js': plugins },
    })
    const answered = await gw.trace(await gw.fetch('/api/'))
    assert.deepEqual([answered.status, answered.steps.map(({ outcome }) => outcome)], [418, ['answered']])
    const unknown = await gw.fetch('/elsewhere')
    assert.equal(unknown.status, 404)
    await unknown.text()
    assert.deepEqual((await gw.trace(unknown)).steps, [])

    await using failing = await gateway({
      upstream: () => {
        throw new Error('no idea')
      },
    })
    const failed = await failing.fetch('/')
    assert.equal(failed.status, 500)
    assert.deepEqual(
      (await failing.trace(failed)).steps.map(({ outcome, error }) => [outcome, error]),
      [['threw', 'There was a problem proxying the request']],
    )
    await failing.log.waitFor(/no idea$/)
  })

  test('bundles a folder of TypeScript anew for each gateway', async () => {
    const folder = new URL('../../examples/hit-counter/', import.meta.url)
    const definition = { custom_middleware: { pre: [{ name: 'MyProcessRequest' }] } }
    for (const _ of ['first', 'second']) {
      await using gw = await gateway({ definition, plugins: { 'plugin.js': folder } })
      assert.deepEqual(await (await gw.fetch('/a')).json(), { session: null, endpoint: 'GET /a', hit_counter: 1 })
      const line = await gw.log.waitFor('new hit: GET /a')
      assert.equal(line.artifact, join(process.cwd(), 'plugin.js'))
    }
  })

  test('runs a compiled artifact, and says which plugin of a path rule has run', async () => {
    const artifact = await compiledFolder(join(root, 'examples/send-current-time'))
    const rule = { plugin_path: 'time.js', path: '/time', method: 'GET', func_name: 'SendCurrentTime' }
    const version = { name: 'Default', use_extended_paths: true, extended_paths: { js_plugin: [rule] } }
    await using gw = await gateway({
      definition: { version_data: { not_versioned: true, versions: { Default: version } } },
      plugins: { 'time.js': artifact },
    })
    const steps = async (path: string) => {
      const trace = await gw.trace(await gw.fetch(path))
      return trace.steps.map(({ name, phase, outcome, depth }) => `${depth} ${phase} ${name}: ${outcome}`)
    }
    assert.deepEqual(await steps('/time'), [
      '0 path path plugins: go-on',
      '1 path SendCurrentTime: go-on',
      '0 proxy proxy: answered',
    ])
    assert.deepEqual(await steps('/else'), ['0 path path plugins: go-on', '0 proxy proxy: answered'])
  })

  test('holds time still until it is advanced: for plugins, for kv, and for timeouts', async () => {
    await using gw = await gateway({
      definition: {
        custom_middleware: { pre: use('Count'), post: [{ name: 'Slow', timeout_ms: 5000, on_error: 'fail' }] },
      },
      plugins: { 'plugin.js': plugins },
      clock: '2026-01-01T00:00:00Z',
    })
    const first = gw.fetch('/')
    const line = await gw.log.waitFor(/^call 1/)
    assert.equal(line.msg, 'call 1 at 2026-01-01T00:00:00.000Z')
    assert.equal(line.plugin, 'plugin.js')
    await gw.clock.advance(5000)
    assert.equal((await first).status, 500)
    assert.match((await gw.trace(await first)).steps.at(-1)?.error ?? '', /5000/)
    assert.equal(gw.clock.now(), Date.parse('2026-01-01T00:00:05Z'))
    assert.equal(await gw.kv().get('calls'), 1)
    await gw.clock.advance(56_000)
    assert.equal(await gw.kv('plugin.js').get('calls'), undefined, 'its time to live is over')
    await assert.rejects(gateway({ clock: 0 }), { code: 'test_clock_taken' })
  })

  test('tells of a breaker that is open, and closes it by the clock', async () => {
    const limits = { max_errors: 2, window_ms: 10_000, cooldown_ms: 30_000 }
    await using gw = await gateway({
      definition: { custom_middleware: { pre: [{ name: 'ThrowAtFirst', on_error: 'skip', ...limits }] } },
      plugins: { 'plugin.js': plugins },
      clock: 0,
    })
    const step = async () => {
      const { steps } = await gw.trace(await gw.fetch('/'))
      return `${steps[0]?.outcome}: ${steps[0]?.error}`
    }
    assert.match(await step(), /^skipped: .*failed: on purpose/)
    assert.match(await step(), /^skipped: .*failed: on purpose/)
    assert.match(await step(), /^skipped: .*(breaker|disabled)/)
    await gw.clock.advance(30_000)
    assert.equal(await step(), 'go-on: null')
  })

  test('finds in the store what a plugin of any hook has saved, whoever answered', async () => {
    for (const hook of ['pre', 'post', 'response']) {
      await using gw = await gateway({
        definition: { custom_middleware: { [hook]: use('SaveSession') } },
        plugins: { 'plugin.js': plugins },
      })
      await (await gw.fetch(`/${hook}`)).text()
      await until('the session to be saved', async () => (await gw.session(hook))?.alias === 'Remembered')
    }
    await using gw = await gateway({
      definition: { custom_middleware: { pre: use('SaveSession', 'Teapot') } },
      plugins: { 'plugin.js': plugins },
    })
    assert.equal((await gw.fetch('/answered')).status, 418)
    await until('the session to be saved', async () => (await gw.session('answered'))?.alias === 'Remembered')
  })

  test('lets in the keys of its sessions, or leaves that to the plugin', async () => {
    await using gw = await gateway({
      definition: { custom_middleware: { post_key_auth: use('Alias') } },
      plugins: { 'plugin.js': plugins },
      sessions: { 'key-1': { alias: 'Grace' } },
    })
    const get = async (key?: string) => {
      const response = await gw.fetch('/', key ? { headers: { Authorization: `Bearer ${key}` } } : {})
      return `${response.status} ${await response.text()}`
    }
    assert.equal(await get('key-1'), '200 Grace')
    assert.match(await get('key-2'), /^403 /)
    assert.match(await get(), /^401 /)

    await using own = await gateway({
      definition: { custom_middleware: { auth_check: { name: 'Remember' }, post_key_auth: use('Alias') } },
      plugins: { 'plugin.js': plugins },
    })
    const response = await own.fetch('/', { headers: { Authorization: 'ada' } })
    assert.equal(await response.text(), 'Ada')
    assert.deepEqual(await own.session('ada'), { alias: 'Ada' })
  })

  test('gives plugins their configuration, and several APIs their own', async () => {
    await using gw = await gateway({
      definition: [
        { config_data: { a: 1 }, custom_middleware: { pre: [{ name: 'Configured', config: { deep: [1] } }] } },
        { proxy: { listen_path: '/two/' } },
      ],
      plugins: { 'plugin.js': plugins },
    })
    assert.deepEqual(await (await gw.fetch('/')).json(), { config: { deep: [1] }, data: { a: 1 } })
    assert.deepEqual(await (await gw.fetch('/two/x?y=1')).json(), {
      method: 'GET',
      target: '/x?y=1',
      headers: gw.requests[0] ? Object.fromEntries(gw.requests[0].headers) : {},
      body: '',
    })
  })

  test('does not open where a definition or a plugin is wrong, and says why', async () => {
    const definition = { custom_middleware: { pre: use('Missing') } }
    await assert.rejects(gateway({ definition, plugins: { 'plugin.js': plugins } }), {
      code: 'test_gateway_failed',
      message: /custom_middleware\.pre\[0\]: .*"Missing"/,
    })
    await assert.rejects(gateway({ definition: { proxy: { listen_path: 'x' } } }), { message: /listen_path/ })
    await assert.rejects(gateway({ definition, plugins: { 'plugin.js': './nowhere' } }), { message: /nowhere/ })
    await assert.rejects(gateway({ config: { max_plugin_body: 0 } }), { code: 'config_invalid', message: /max_plugin_body/ })
  })

  test('streams both ways, ends what is under way when it closes, and closes twice', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<string>()
    const gw = await gateway({
      upstream: (request) => {
        request.signal.addEventListener('abort', () => resolve('aborted'))
        return new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('one')) }))
      },
    })
    const response = await gw.fetch('/events')
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'one')
    const ended = assert.rejects(reader.read())
    await gw.close()
    await gw.close()
    await ended
    assert.equal(await aborted, 'aborted')
    await assert.rejects(gw.fetch('/'), { code: 'test_gateway_closed' })
  })

  test('reaches a real upstream where it is given a URL', async () => {
    const echo = await openEcho({ port: 0 })
    await using gw = await gateway({ upstream: `${echo.url}anything` })
    const { url } = (await (await gw.fetch('/deep?q=1')).json()) as { url: string }
    assert.match(url, /\/anything\/deep\?q=1$/)
    assert.deepEqual(gw.requests, [])
    await echo.close()
  })
})
