import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RateAlgorithm } from '../../src/store/counters.ts'
import type { Notice } from '../../src/store/notices.ts'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'
import { openClient, RedisServer, settingsOf, withoutServer } from './redis-server.ts'

interface FleetOfStores extends AsyncDisposable {
  readonly stores: readonly Store[]
  readonly client: Awaited<ReturnType<typeof openClient>>
}

async function openFleet(count: number): Promise<FleetOfStores> {
  const server = await RedisServer.start()
  const options = { settings: settingsOf(server.port), cacheBytes: 1000, onTrouble: assert.ifError }
  const stores = await Promise.all(Array.from({ length: count }, () => openRedisStore(options)))
  const client = await openClient(server.port)
  return {
    stores,
    client,
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()))
      client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}

describe('gateways that share a Redis', { skip: withoutServer }, () => {
  for (const algorithm of ['sliding-window', 'token-bucket', 'fixed-window'] as const) {
    test(`let in together no more than the limit, by the clock of Redis: ${algorithm}`, async () => {
      await using fleet = await openFleet(3)
      const { admitted, elapsedMs } = await offer(fleet.stores, algorithm)
      // The most that the rule lets in within that time: a fixed window may have just ended, and a bucket begins full.
      const windows = elapsedMs / 500
      const most = algorithm === 'token-bucket' ? 50 + 50 * windows : 50 * (Math.floor(windows) + 1)
      assert.ok(admitted <= most, `${admitted} in ${elapsedMs} ms, at most ${most}`)
      assert.ok(admitted >= 100, `${admitted} in ${elapsedMs} ms`)
    })
  }

  async function offer(stores: readonly Store[], algorithm: RateAlgorithm) {
    const rule = { algorithm, limit: 50, windowMs: 500 }
    const began = performance.now()
    let admitted = 0
    const line = async (store: Store) => {
      while (performance.now() - began < 1200) if ((await store.counters.take('key', rule)).allowed) admitted++
    }
    await Promise.all(stores.flatMap((store) => [store, store, store]).map(line))
    return { admitted, elapsedMs: performance.now() - began }
  }

  test('spend one quota', async () => {
    await using fleet = await openFleet(3)
    const rule = { max: 50, renewalMs: 60_000 }
    const verdicts = await Promise.all(
      fleet.stores.flatMap((store) => Array.from({ length: 30 }, async () => store.counters.spend('quota-key', rule))),
    )
    assert.equal(verdicts.filter(({ allowed }) => allowed).length, 50)
    assert.equal(await fleet.client.get('quota-key'), '50')
  })

  test('see a session that another has changed, although they hold what it was', async () => {
    await using fleet = await openFleet(2)
    const [one, two] = fleet.stores as [Store, Store]
    const told: (string | undefined)[] = []
    two.sessions.onChange((key) => told.push(key))
    await one.sessions.set('abc', { alias: 'first' })
    // What is read while a notice is under way is not held.
    await until('the first notice', () => told.length === 1)
    assert.deepEqual(await two.sessions.get('abc'), { alias: 'first' })
    await one.sessions.set('abc', { alias: 'second' })
    await until('the second session', async () => (await two.sessions.get('abc'))?.alias === 'second')
    await one.sessions.delete('abc')
    await until('no session', async () => (await two.sessions.get('abc')) === undefined)
    await until('the third notice', () => told.length >= 3)
    assert.deepEqual(told, ['abc', 'abc', 'abc'])
  })

  test('hold what they have read: it is not read again', async () => {
    await using fleet = await openFleet(1)
    const [store] = fleet.stores as [Store]
    await store.sessions.set('abc', { alias: 'held' })
    await fleet.client.set('apikey-abc', '{"alias":"changed without a word"}')
    assert.deepEqual(await store.sessions.get('abc'), { alias: 'held' })
    // The classic gateway tells of its changes, in a form of its own.
    await fleet.client.publish('tyk.cluster.notifications', '{"command":"KeySpaceUpdateNotification","payload":"abc:hashed"}')
    await until('the change', async () => (await store.sessions.get('abc'))?.alias === 'changed without a word')
  })

  test('hear what one of them has to say, and pass over what is no notice', async () => {
    await using fleet = await openFleet(3)
    const heard: (Notice | null)[][] = fleet.stores.map((store) => {
      const notices: (Notice | null)[] = []
      store.notices.subscribe((notice) => notices.push(notice))
      return notices
    })
    for (const text of ['', 'null', '[]', '{"command":7}', '{"payload":"x"}', '{']) {
      await fleet.client.publish('tyk.cluster.notifications', text)
    }
    await fleet.stores[1]?.notices.publish({ command: 'GroupReload', payload: '' })
    await until('the notices', () => heard.every(({ length }) => length > 0))
    for (const notices of heard) assert.deepEqual(notices, [{ command: 'GroupReload', payload: '' }])
  })

  test('leave keys in Redis as the classic gateway names them', async () => {
    await using fleet = await openFleet(1)
    const [{ sessions, counters, cache, kv }] = fleet.stores as [Store]
    await sessions.set('abc', { alias: 'a' })
    await counters.take('rate-limit-abc', { algorithm: 'sliding-window', limit: 1, windowMs: 60_000 })
    await counters.spend('quota-abc', { max: 1, renewalMs: 60_000 })
    await cache.set('api-1', 'def', Buffer.of(1))
    await kv('plugin').set('x', 1)
    const names = (await fleet.client.keys('*')).sort()
    const expected = [
      'apikey-abc',
      'cache-api-1:def',
      'postern-gateways',
      'postern-kv-["plugin","x"]',
      'quota-abc',
      'rate-limit-abc.window',
    ]
    assert.deepEqual(names, expected)
    assert.equal(await fleet.client.get('apikey-abc'), '{"alias":"a"}')
    assert.equal(await fleet.client.get('quota-abc'), '1')
    assert.ok((await fleet.client.ttl('quota-abc')) > 0)
    assert.ok((await fleet.client.ttl('rate-limit-abc.window')) > 0)
  })
})
