import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import type { RedisSettings } from '../../src/store/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'
import { openClient, RedisServer, settingsOf, withoutServer } from './redis-server.ts'

const PATIENCE_MS = 20_000

async function open(port: number, changes: Partial<RedisSettings> = {}): Promise<Store & AsyncDisposable> {
  const store = await openRedisStore({
    settings: settingsOf(port, changes),
    cacheBytes: 1_000_000,
    onTrouble: () => {},
  })
  return { ...store, [Symbol.asyncDispose]: () => store.close() }
}

function untilStatus(store: Store, status: string): Promise<unknown> {
  return until(
    () => `the status "${status}", found ${JSON.stringify(store.status())}`,
    () => store.status().status === status,
    PATIENCE_MS,
  )
}

/** Runs calls one after the other in several lines until it is stopped. Returns how long the longest took, the event loop's own delay apart. */
function loadWith(calls: () => Promise<unknown>, lines = 16): () => Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  let [running, longest] = [true, 0]
  const line = async () => {
    while (running) {
      const began = performance.now()
      await calls()
      longest = Math.max(longest, performance.now() - began)
      await delay(2)
    }
  }
  const all = Promise.all(Array.from({ length: lines }, line))
  return async () => {
    running = false
    await all
    delays.disable()
    return longest - delays.max / 1e6
  }
}

describe('a Redis that goes away', { skip: withoutServer }, () => {
  test('leaves a gateway what it has read, although another changed other sessions at that moment', async () => {
    await using server = await RedisServer.start()
    await using one = await open(server.port)
    await using two = await open(server.port)
    const keys = Array.from({ length: 50 }, (_, i) => `key-${i}`)
    for (const key of keys) await one.sessions.set(key, { alias: key })
    // The notices of these have come when one of a later change has.
    const told: (string | undefined)[] = []
    two.sessions.onChange((key) => told.push(key))
    await one.sessions.set('last', {})
    await until('the notices', () => told.includes('last'))
    let reading = true
    const change = async () => {
      for (let i = 0; reading; i++) await one.sessions.set(`other-${i}`, {})
    }
    const changes = [change(), change(), change()]
    for (const key of keys) await two.sessions.get(key)
    reading = false
    await Promise.all(changes)
    await server.kill()
    await untilStatus(two, 'warn')
    for (const key of keys) assert.deepEqual(await two.sessions.get(key), { alias: key })
  })

  test('and is killed under load holds no call for a second, and neither then nor later is more let in than the limit', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port)
    await store.sessions.set('abc', { alias: 'held' })
    const rate = { algorithm: 'sliding-window', limit: 2000, windowMs: 600_000 } as const
    const quota = { max: 2500, renewalMs: 600_000 }
    let [offered, admitted, spent] = [0, 0, 0]
    const stop = loadWith(async () => {
      offered++
      // Held while Redis is away; a Redis that keeps nothing on the disk has lost it afterwards.
      await store.sessions.get('abc')
      if ((await store.counters.take('key', rate)).allowed) admitted++
      if ((await store.counters.spend('quota-key', quota)).allowed) spent++
      await store.cache.set('api', 'key', Buffer.of(1))
      await store.cache.get('api', 'key')
    })
    const more = (count: number) => until(`${count} offers, found ${offered}`, () => offered >= count, PATIENCE_MS)
    await more(500)
    await server.kill()
    await untilStatus(store, 'warn')
    await more(1500)
    assert.ok(admitted >= 1500, 'those below the limit are let in while Redis is away')
    await server.start()
    await untilStatus(store, 'pass')
    await more(4000)
    const longest = await stop()
    assert.ok(longest < 1000, `a call took ${longest} ms`)
    assert.equal(admitted, rate.limit)
    assert.equal(spent, quota.max)
    assert.equal(await store.sessions.get('never there'), undefined)
  })

  test('and hangs holds calls for the time limit, later ones not at all, and is found again', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port, { timeout: 0.7 })
    await store.sessions.set('abc', {})
    const stop = loadWith(() => store.sessions.get('unknown').catch(() => {}))
    server.signal('SIGSTOP')
    await untilStatus(store, 'warn')
    const began = performance.now()
    for (let i = 0; i < 20; i++) await assert.rejects(store.sessions.get('unknown'), { code: 'store_away', status: 503 })
    assert.ok(performance.now() - began < 1000, 'calls do not wait once it is known')
    server.signal('SIGCONT')
    await untilStatus(store, 'pass')
    assert.equal(await store.sessions.get('unknown'), undefined)
    const longest = await stop()
    assert.ok(longest < 1000, `a call took ${longest} ms`)
  })

  test('and is denied leaves nothing to be let in', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port, { on_outage: 'deny' })
    await store.sessions.set('abc', {})
    const rule = { algorithm: 'fixed-window', limit: 10, windowMs: 1000 } as const
    assert.equal((await store.counters.take('key', rule)).allowed, true)
    await server.kill()
    await untilStatus(store, 'fail')
    const away = { code: 'store_away', status: 503, client: 'Service temporarily unavailable' }
    await assert.rejects(async () => store.counters.take('key', rule), away)
    await assert.rejects(async () => store.counters.spend('key', { max: 10, renewalMs: 1000 }), away)
    await assert.rejects(store.sessions.get('abc'), away)
    await assert.rejects(store.kv('plugin').get('key'), away)
    assert.equal(await store.cache.get('api', 'key'), undefined)
    assert.equal(store.status().output, 'Redis connection not available')
  })

  test('leaves the sessions that are held, and those alone; what was not written is counted', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port)
    await store.sessions.set('abc', { alias: 'held' })
    await store.sessions.set('brief', { alias: 'held' }, { ttl: 0.5 })
    await server.kill()
    await untilStatus(store, 'warn')
    assert.deepEqual(await store.sessions.get('abc'), { alias: 'held' })
    await assert.rejects(store.sessions.get('abd'), { code: 'store_away' })
    await until('the end of a held session', () =>
      store.sessions.get('brief').then(
        () => false,
        () => true,
      ),
    )
    assert.equal(store.status().lostWrites, 0)
    await assert.rejects(store.sessions.set('abd', {}), { code: 'store_away' })
    await assert.rejects(store.sessions.delete('abd'), { code: 'store_away' })
    await assert.rejects(store.kv('plugin').increment('hits'), { code: 'store_away' })
    await store.cache.set('api', 'key', Buffer.of(1))
    assert.equal(store.status().lostWrites, 3)
    // What was to be written to it is not known to be there.
    await assert.rejects(store.sessions.set('abc', { alias: 'changed' }), { code: 'store_away' })
    await server.start()
    await untilStatus(store, 'pass')
    assert.equal(await store.sessions.get('abc'), undefined)
  })

  test('gets told what was spent of quotas meanwhile', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port, { timeout: 0.7 })
    const client = await openClient(server.port)
    const quota = { max: 10, renewalMs: 600_000 }
    const used = async () => Number(await client.get('quota-key'))
    for (let i = 0; i < 3; i++) await store.counters.spend('quota-key', quota)
    assert.equal(await used(), 3)
    server.signal('SIGSTOP')
    await store.sessions.get('unknown').catch(() => {})
    for (let i = 0; i < 4; i++) assert.equal((await store.counters.spend('quota-key', quota)).remaining, 6 - i)
    server.signal('SIGCONT')
    await untilStatus(store, 'pass')
    await until('the quota in Redis', async () => (await used()) === 7)
    assert.equal((await store.counters.spend('quota-key', quota)).remaining, 2)

    // A Redis that has lost everything takes over what the gateway knows.
    await client.close()
    await server.kill()
    await untilStatus(store, 'warn')
    assert.equal((await store.counters.spend('quota-key', quota)).remaining, 1)
    await server.start()
    await untilStatus(store, 'pass')
    await until('the quota', async () => (await store.counters.peekQuota('quota-key'))?.used === 9)
    const verdicts = [await store.counters.spend('quota-key', quota), await store.counters.spend('quota-key', quota)]
    assert.deepEqual(
      verdicts.map(({ allowed }) => allowed),
      [true, false],
    )
  })

  test('leaves each of several gateways its share of a rate', async () => {
    await using server = await RedisServer.start()
    await using one = await open(server.port)
    await using two = await open(server.port)
    await using client = { found: await openClient(server.port), [Symbol.asyncDispose]: async () => client.found.destroy() }
    const rule = { algorithm: 'sliding-window', limit: 10, windowMs: 600_000 } as const
    const admitted = async (store: Store, key: string) => {
      let count = 0
      for (let i = 0; i < 15; i++) if ((await store.counters.take(key, rule)).allowed) count++
      return count
    }
    assert.equal(await admitted(one, 'shared'), 10)
    assert.equal(await admitted(two, 'shared'), 0)
    assert.equal(await client.found.zCard('postern-gateways'), 2)
    // The first to come learns of the second within some seconds.
    await delay(2500)
    await server.kill()
    for (const store of [one, two]) {
      await untilStatus(store, 'warn')
      assert.equal(await admitted(store, 'other'), 5)
      assert.equal((await store.counters.take('other', rule)).limit, 10)
    }
  })

  test('is waited for at the start, and until then a gateway is not ready', async () => {
    await using server = await RedisServer.start()
    await server.kill()
    await using store = await open(server.port)
    assert.equal(store.status().status, 'fail')
    await assert.rejects(store.sessions.get('abc'), { code: 'store_away' })
    await server.start()
    await untilStatus(store, 'pass')
    assert.equal(await store.sessions.get('abc'), undefined)
  })

  test('does not hold up the end of a gateway', async () => {
    await using server = await RedisServer.start()
    await using store = await open(server.port, { timeout: 0.5 })
    server.signal('SIGSTOP')
    const began = performance.now()
    await store.close()
    await assert.rejects(store.sessions.get('abc'), { code: 'store_closed' })
    assert.ok(performance.now() - began < 5_000)
  })
})
