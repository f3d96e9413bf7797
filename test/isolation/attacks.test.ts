import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

const attacks = `
import type { Plugin } from 'postern/plugin'
const kept: unknown[] = []
const real = globalThis.process
const attacks: Record<string, () => unknown> = {
  fine: () => undefined,
  slow: () => new Promise((resolve) => setTimeout(resolve, 2_000)),
  loop: () => { for (;;); },
  microtasks: async () => { for (;;) await null },
  regex: () => /^(a+)+$/.test('a'.repeat(64) + 'b'),
  sleep: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  heap: () => { for (;;) kept.push(Array.from({ length: 1000 }, () => ({}))) },
  buffers: async () => { for (;;) { kept.push(Buffer.alloc(4_000_000, 1)); await new Promise((resolve) => setTimeout(resolve, 1)) } },
  exit: () => real.exit(7),
  crash: () => { throw new Error('just an error') },
  spin: () => new Promise(() => { const again = () => setImmediate(again); again() }),
  late: () => void setTimeout(() => { throw new Error('thrown in a timer') }, 1),
  reject: () => void Promise.reject(new Error('rejected without a catch')),
  patch: () => {
    Array.prototype.map = () => { throw new Error('patched') }
    ;(Object.prototype as { polluted?: boolean }).polluted = true
    globalThis.fetch = () => { throw new Error('patched') }
  },
}
export const Attack: Plugin = async (c) => { await attacks[c.req.query('with') as string]?.() }
`

describe('a plugin in a worker that misbehaves', () => {
  let upstream: RawUpstream
  let gateway: TestGateway
  before(async () => {
    upstream = await startUpstream()
    const use = { name: 'Attack', path: 'plugin.js', isolation: 'worker', cpu_ms: 60, memory_mb: 32, timeout_ms: 5_000 }
    const api = (path: string, fields: object) =>
      definition(upstream.url, {
        api_id: path,
        custom_middleware: { driver: 'jsplugin', pre: [{ ...use, ...fields }] },
        proxy: { listen_path: `/${path}/` },
      })
    gateway = await startGateway({
      definitions: {
        'attacked.json': api('attacked', {}),
        'skipped.json': api('skipped', { on_error: 'skip' }),
        'patient.json': api('patient', { cpu_ms: 10_000 }),
        'impatient.json': api('impatient', { timeout_ms: 30 }),
        'other.json': definition(upstream.url, { api_id: 'other', proxy: { listen_path: '/other/' } }),
      },
      artifacts: { 'plugin.js': await compiledText(attacks) },
    })
    assert.deepEqual(gateway.report.failed, [])
  })
  after(async () => {
    await gateway?.[Symbol.asyncDispose]()
    await upstream?.[Symbol.asyncDispose]()
  })

  const get = (path: string): Promise<RawResponse> => exchange(gateway.port, formatRequest(`GET ${path}`))
  /** The worker is dead for a moment, or rests. */
  const recover = () => until('the plugin to work again', async () => (await get('/attacked/?with=fine')).status === 200, 15_000)

  for (const [attack, code, api] of [
    ['loop', 'worker_cpu_exceeded', 'attacked'],
    ['microtasks', 'worker_cpu_exceeded', 'attacked'],
    ['regex', 'worker_cpu_exceeded', 'attacked'],
    ['spin', 'worker_cpu_exceeded', 'attacked'],
    ['sleep', 'worker_silent', 'attacked'],
    ['heap', 'worker_heap_exceeded', 'patient'],
    ['buffers', 'worker_buffers_exceeded', 'patient'],
    ['exit', 'worker_exited', 'attacked'],
  ] as const) {
    test(`by "${attack}" costs its own call, and the worker is replaced`, async () => {
      await recover()
      const logged = gateway.log.lines.length
      const attacked = get(`/${api}/?with=${attack}`)
      const others = await Promise.all([get('/other/'), get('/other/'), get('/other/')])
      assert.deepEqual(
        others.map(({ status }) => status),
        [200, 200, 200],
      )
      assert.equal((await attacked).status, 500)
      const line = await gateway.log.waitFor(`"code":"${code}"`, logged)
      assert.match(
        JSON.parse(line).msg,
        /^Run the plugin "plugin" in its worker failed: .*; calls of "Attack" failed; another one /,
      )
      await gateway.log.waitFor('Run the plugin \\"Attack\\" (pre) failed', logged)
      await recover()
    })
  }

  test('is skipped where its on_error says so', async () => {
    await recover()
    assert.equal((await get('/skipped/?with=loop')).status, 200)
  })

  test('goes on working after its timeout: another worker takes its place, and nobody is hurt', async () => {
    await recover()
    const logged = gateway.log.lines.length
    const slow = get('/attacked/?with=slow')
    assert.equal((await get('/impatient/?with=spin')).status, 500)
    const line = await gateway.log.waitFor('"code":"worker_busy_after_call"', logged)
    assert.match(line, /another worker takes its place/)
    assert.equal((await slow).status, 200)
    assert.equal((await get('/attacked/?with=fine')).status, 200)
  })

  test('throws: that is an ordinary error, and the worker lives', async () => {
    await recover()
    const logged = gateway.log.lines.length
    assert.equal((await get('/attacked/?with=crash')).status, 500)
    const line = await gateway.log.waitFor('just an error', logged)
    assert.match(JSON.parse(line).err.stack, /at crash \(plugin\.ts:\d+:\d+\)|plugin\.ts:\d+:\d+/)
    assert.equal((await get('/attacked/?with=fine')).status, 200)
  })

  test('fails after its call: the log says so, and the worker lives', async () => {
    await recover()
    for (const [attack, text] of [
      ['late', 'thrown in a timer'],
      ['reject', 'rejected without a catch'],
    ] as const) {
      const logged = gateway.log.lines.length
      assert.equal((await get(`/attacked/?with=${attack}`)).status, 200)
      const line = await gateway.log.waitFor('"code":"plugin_failed_late"', logged)
      assert.match(line, new RegExp(text))
      assert.match(JSON.parse(line).err.stack, /plugin\.ts:\d+:\d+/)
    }
    assert.equal((await get('/attacked/?with=fine')).status, 200)
  })

  test('patches globals: they are the worker’s own', async () => {
    await recover()
    await get('/attacked/?with=patch')
    assert.deepEqual(
      [1].map((n) => n + 1),
      [2],
    )
    assert.equal('polluted' in {}, false)
    assert.equal((await get('/other/')).status, 200)
    await get('/attacked/?with=exit')
  })

  test('dies of everything: it is given longer and longer pauses, in which its calls fail at once', async () => {
    await recover()
    const logged = gateway.log.lines.length
    await until('a pause', async () => {
      await get('/attacked/?with=exit')
      return gateway.log.lines.slice(logged).some((line) => line.includes('is not started again for'))
    })
    assert.equal((await get('/other/')).status, 200)
  })
})
