/**
 * What a plugin in the gateway's own thread may do, or have done to it, with another API asked all the while. What it changes of
 * shared objects is in shared-objects.test.ts, blocked event loops in event-loop.test.ts, workers in test/isolation/attacks.test.ts,
 * broken bundles in test/bundle/failures.test.ts.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { makeFolder } from '../control/temporary-folder.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'
import { openSupervised, type Supervised } from './supervised.ts'

const plugin = `
import { EventEmitter } from 'node:events'
import type { Plugin } from 'postern/plugin'

const real = globalThis.process
const kept: unknown[] = []
const orders: Record<string, (c: Parameters<Plugin>[0]) => unknown> = {
  rejections: () => { for (let i = 0; i < 1_000; i += 1) void Promise.reject(new Error('rejected')) },
  'rejected nothing': () => void Promise.reject(),
  timers: () => { for (let i = 0; i < 100; i += 1) setTimeout(() => { throw new Error('in a timer') }) },
  'next tick': () => process.nextTick(() => { throw new Error('in a tick') }),
  microtask: () => queueMicrotask(() => { throw null }),
  emitter: () => void setImmediate(() => new EventEmitter().emit('error', new Error('nobody listens'))),
  'a promise that throws': () => new Promise(() => { throw new Error('thrown in a promise') }),
  'a trap': () => { throw new Proxy({}, { get() { throw new Error('a trap') } }) },
  recursion: () => { const again = (): number => again() + 1; return again() },
  exit: () => process.exit(7),
  'exit code': () => { process.exitCode = 7 },
  kill: () => process.kill(process.pid),
  abort: () => process.abort(),
  'read the body': (c) => c.req.text(),
  'answer without end': (c) => c.body(new ReadableStream({ pull(to) { to.enqueue(new Uint8Array(65_536)) } })),
  memory: () => { for (;;) kept.push(Array.from({ length: 1_000 }, () => ({}))) },
}
export const Bad: Plugin = async (c) => {
  const answer = await orders[c.req.query('order') ?? '']?.(c)
  return answer instanceof Response ? answer : c.text('from the plugin')
}
`

/** Asks the other API again and again, until an attack is over and for a while after; every answer has to be right. */
async function beside<T>(stage: Supervised, attack: Promise<T>): Promise<T> {
  let over = false
  const ended = attack.finally(() => {
    over = true
  })
  ended.catch(() => {})
  for (let left = 10; left > 0; left -= over ? 1 : 0) {
    const { status, text } = await stage.get('/good/')
    assert.deepEqual([status, text], [200, 'ok'])
  }
  return ended
}

describe('another API is answered while a plugin', () => {
  let stage: Supervised
  before(async () => {
    stage = await openSupervised(plugin, { max_plugin_body: 1_000_000 })
  })
  after(() => stage?.[Symbol.asyncDispose]())

  for (const [order, status] of [
    ['rejections', 200],
    ['rejected nothing', 200],
    ['timers', 200],
    ['next tick', 200],
    ['microtask', 200],
    ['emitter', 200],
    ['a promise that throws', 500],
    ['a trap', 500],
    ['recursion', 500],
    ['exit', 500],
    ['exit code', 200],
    ['kill', 500],
    ['abort', 500],
  ] as const) {
    test(`tries this: ${order}`, async () => {
      const pid = stage.workerPid()
      const answer = await beside(stage, stage.get(`/bad/?order=${encodeURIComponent(order)}`))
      assert.equal(answer.status, status)
      assert.equal(stage.workerPid(), pid, 'the same process serves')
    })
  }

  test('is sent a huge body that it reads', async () => {
    const body = Buffer.alloc(30_000_000, 'x')
    const request = formatRequest('POST /bad/?order=read%20the%20body', [], body)
    const answer = await beside(
      stage,
      exchange(stage.gateway.port, request).catch(() => null),
    )
    // The connection is closed on a client that goes on sending, which may not see the answer.
    assert.equal(answer?.status ?? 413, 413)
    assert.ok((await stage.gateway.memory()).peak < 2 ** 28)
  })

  test('sends a body without end to a client that leaves', async () => {
    using connection = await openConnection(stage.gateway.port)
    await connection.send(formatRequest('GET /bad/?order=answer%20without%20end'))
    await beside(stage, connection.receiveHead())
    connection.abort()
    await beside(stage, connection.closed)
  })
})

test('a plugin that fills the memory costs its process, which is replaced; the other API loses what was under way at most', async () => {
  await using stage = await openSupervised(plugin, {}, { nodeOptions: '--max-old-space-size=64' })
  const pid = stage.workerPid()
  const attack = stage.get('/bad/?order=memory').then(
    () => 'answered',
    () => 'lost',
  )
  await until('another process to serve', async () => {
    const answer = await stage.get('/good/').catch(() => null)
    if (answer) assert.equal(answer.status, 200)
    return answer && stage.workerPid() !== pid
  })
  assert.equal(await attack, 'lost')
  assert.match(String((await stage.logged('worker_replaced')).msg), /another is started at once$/)
})

test('an artifact with a bit flipped, wherever it is, answers what it should or 500, and other APIs do not notice', async () => {
  const text = `import type { Plugin } from 'postern/plugin'\nexport const Answer: Plugin = (c) => c.text('right')\n`
  const intact = await readFile(await compiledText(text))
  const SAMPLES = 150
  await using upstream = await startUpstream()
  await using folder = await makeFolder({})
  const definitions: Record<string, object> = { 'good.json': definition(upstream.url, { proxy: { listen_path: '/good/' } }) }
  const artifacts: Record<string, string> = {}
  for (let i = 0; i < SAMPLES; i += 1) {
    const at = Math.floor((i * intact.length) / SAMPLES)
    const flipped = Buffer.from(intact)
    flipped.writeUInt8(intact.readUInt8(at) ^ (1 << (i % 8)), at)
    artifacts[`${i}.js`] = await folder.write(`${i}.js`, flipped)
    const custom_middleware = { driver: 'jsplugin', pre: [{ name: 'Answer', path: `${i}.js` }] }
    definitions[`${i}.json`] = definition(upstream.url, { api_id: `${i}`, custom_middleware, proxy: { listen_path: `/${i}/` } })
  }
  await using gateway = await startGatewayProcess({ definitions, artifacts })
  const get = async (path: string) => {
    const { status, text } = await exchange(gateway.port, formatRequest(`GET ${path}`))
    return status === 200 ? text : String(status)
  }

  let refused = 0
  for (let i = 0; i < SAMPLES; i += 1) {
    const answer = await get(`/${i}/`)
    assert.ok(answer === '500' || answer === 'right', `${answer} from ${i}.js`)
    if (answer === '500') refused += 1
    assert.equal(await get('/good/'), 'ok')
  }
  // What is not refused is flipped in what the stamp tells people, such as a name; only a signature covers that.
  assert.ok(refused > SAMPLES * 0.9, `${refused} of ${SAMPLES} were refused`)
})
