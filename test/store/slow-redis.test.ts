import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { RedisServer, withoutServer } from './redis-server.ts'

/** A way to a Redis that can be made long: its answers come so much later. */
interface LongWay extends AsyncDisposable {
  readonly port: number
  delayMs: number
}

async function openLongWay(target: number): Promise<LongWay> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(redis)
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
    redis.on('data', (chunk) => {
      if (way.delayMs === 0) client.write(chunk)
      else setTimeout(() => client.write(chunk), way.delayMs)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const way: LongWay = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return way
}

const definition = { use_keyless: false, auth: { auth_header_name: 'Authorization' } }
const session = {
  rate: 1000,
  per: 60,
  quota_max: 1000,
  quota_renewal_rate: 3600,
  access_rights: { 'test-api': { api_id: 'test-api' } },
}

test('a Redis that takes 2 s to answer holds up no request for a second; it counts as away until it is quick again', {
  skip: withoutServer,
}, async () => {
  await using server = await RedisServer.start()
  await using way = await openLongWay(server.port)
  const storage = { type: 'redis', host: '127.0.0.1', port: way.port }
  // Each request asks for the session: none is held by the gateway itself.
  const config = { storage, local_session_cache: { disable_cached_session_state: true } }
  await using stage = await openStage({ definition, config })
  const created = await exchange(
    stage.port,
    formatRequest('POST /tyk/keys/defaultheld', ['X-Tyk-Authorization: test-secret'], JSON.stringify(session)),
  )
  assert.equal(created.status, 200, created.text)

  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  let longest = 0
  const ask = async (key: string) => {
    const began = performance.now()
    const { status } = await exchange(stage.port, formatRequest('GET /api/', [`Authorization: ${key}`]))
    longest = Math.max(longest, performance.now() - began)
    return status
  }
  assert.equal(await ask('defaultheld'), 200)
  way.delayMs = 2_000
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(i === 0 ? 'defaultother' : 'defaultheld')))
    assert.deepEqual([answers[0], new Set(answers.slice(1))], [503, new Set([200])], `round ${round}`)
  }
  delays.disable()
  const spent = longest - delays.max / 1e6
  assert.ok(spent < 1000, `a request took ${spent} ms`)

  way.delayMs = 0
  await until('Redis to be found again', async () => (await ask('defaultother')) === 403, 20_000)
  assert.equal(await ask('defaultheld'), 200)
})
