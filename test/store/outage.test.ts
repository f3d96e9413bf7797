import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { RedisServer, withoutServer } from './redis-server.ts'

/** Everybody is the same key, with a rate and a quota that this test does not outlast. */
const plugin = `
import { ctx, type Plugin } from 'postern/plugin'
const session = { rate: 300, per: 600, quota_max: 200, quota_renewal_rate: 600 }
export const Authenticate: Plugin = (c) => ctx.setSession(c, session, 'the-key')
`

const definition = {
  use_keyless: false,
  custom_plugin_auth_enabled: true,
  custom_middleware: { driver: 'jsplugin', auth_check: { name: 'Authenticate', path: 'plugin.js' } },
}

test('a Redis that is killed and started anew under load: no request hangs for a second, and none is let in beyond its limits', {
  skip: withoutServer,
}, async () => {
  await using server = await RedisServer.start()
  const storage = { type: 'redis', host: '127.0.0.1', port: server.port }
  await using stage = await openStage({ plugin, definition, config: { storage } })
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  const counts = new Map<number, number>()
  let [running, longest, requests] = [true, 0, 0]
  const line = async () => {
    while (running) {
      const began = performance.now()
      const { status } = await exchange(stage.port, 'GET /api/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      longest = Math.max(longest, performance.now() - began)
      counts.set(status, (counts.get(status) ?? 0) + 1)
      requests++
    }
  }
  const lines = Promise.all(Array.from({ length: 16 }, line))
  const more = (count: number) => until(`${count} requests, found ${requests}`, () => requests >= count, 20_000)
  await more(50)
  await server.kill()
  await more(requests + 100)
  await server.start()
  await stage.gateway.log.waitFor('The store is well again')
  await more(requests + 400)
  running = false
  await lines
  delays.disable()
  const spent = longest - delays.max / 1e6
  assert.ok(spent < 1000, `a request took ${spent} ms`)
  // The rest is over the quota first, which counts what the rate lets in, and over the rate then.
  assert.deepEqual([...counts.keys()].sort(), [200, 403, 429])
  assert.equal(counts.get(200), 200)
  assert.equal(counts.get(403), 100)
})
