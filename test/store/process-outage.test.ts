import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { openProcessStore } from '../../src/store/process/process-store.ts'
import { StoreServer } from '../../src/store/process/store-server.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'

interface Stage extends AsyncDisposable {
  readonly path: string
  /** The process with the store, which is here in this process: what was in it is gone with it. */
  start(): Promise<void>
  stop(): Promise<void>
  /** A worker's view of the store. */
  open(options?: { workers?: number; onOutage?: 'allow' | 'deny' }): Promise<Store>
}

async function openStage(): Promise<Stage> {
  await using resources = new AsyncDisposableStack()
  const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'postern-outage-')))
  const path = join(folder.path, 'store.sock')
  let server: StoreServer | null = null
  const stop = async () => {
    await server?.close()
    server = null
  }
  const start = async () => {
    server = await StoreServer.listen(await openMemoryStore(), path)
  }
  await start()
  resources.defer(stop)
  const opened = resources.move()
  return {
    path,
    start,
    stop,
    async open({ workers = 2, onOutage = 'allow' } = {}) {
      const store = await openProcessStore({
        path,
        type: 'memory',
        workers,
        onOutage,
        cacheBytes: 1_000_000,
        onTrouble: () => {},
      })
      opened.defer(() => store.close())
      return store
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function untilStatus(store: Store, status: string): Promise<unknown> {
  return until(
    () => `the status "${status}", found ${JSON.stringify(store.status())}`,
    () => store.status().status === status,
  )
}

test('a change that is acknowledged is known to every worker', async () => {
  await using stage = await openStage()
  const [one, two] = [await stage.open(), await stage.open()]
  const heard: string[] = []
  two.sessions.onChange((key) => heard.push(`session ${key}`))
  two.notices.subscribe((notice) => heard.push(`notice ${notice?.command}`))
  await one.sessions.set('abc', {})
  assert.deepEqual(heard.splice(0), ['session abc'])
  await one.sessions.delete('abc')
  assert.deepEqual(heard.splice(0), ['session abc'])
  await one.notices.publish({ command: 'GroupReload', payload: '' })
  assert.deepEqual(heard.splice(0), ['notice GroupReload'])
  await two.cache.set('api', 'key', Buffer.of(1))
  await two.cache.set('other', 'key', Buffer.of(1))
  await one.cache.clear('api')
  assert.equal(await two.cache.get('api', 'key'), undefined)
  assert.notEqual(await two.cache.get('other', 'key'), undefined)
})

test('while the store is away calls fail at once, or make do with what the worker knows, and it is found again', async () => {
  await using stage = await openStage()
  const store = await stage.open()
  await store.sessions.set('seen', { alias: 'seen' })
  await store.sessions.get('seen')
  await store.sessions.set('other', {})
  const missed: unknown[] = []
  store.notices.subscribe((notice) => missed.push(notice))
  await store.cache.set('api', 'key', Buffer.of(1))
  await stage.stop()
  await untilStatus(store, 'warn')
  const began = performance.now()
  assert.deepEqual(await store.sessions.get('seen'), { alias: 'seen' })
  const away = { code: 'store_away', status: 503, client: 'Service temporarily unavailable' }
  await assert.rejects(store.sessions.get('other'), away)
  await assert.rejects(store.sessions.set('abc', {}), away)
  await assert.rejects(store.kv('plugin').increment('hits'), away)
  await assert.rejects(async () => store.cache.clear('api'), away)
  assert.ok(performance.now() - began < 1_000)
  assert.equal(store.status().lostWrites, 2)
  await stage.start()
  await untilStatus(store, 'pass')
  assert.equal(await store.sessions.get('seen'), undefined, 'the new one has nothing')
  assert.deepEqual(missed, [null], 'notices may have been missed')
  assert.equal(await store.cache.get('api', 'key'), undefined, 'and so may have been that this was dropped')
})

test('a worker counts its share of a rate while the store is away, and goes by that until the window has passed', async () => {
  await using stage = await openStage()
  const [one, two] = [await stage.open(), await stage.open()]
  const rule = { algorithm: 'sliding-window', limit: 10, windowMs: 600_000 } as const
  const admitted = async (store: Store, key: string) => {
    let count = 0
    for (let i = 0; i < 12; i++) if ((await store.counters.take(key, rule)).allowed) count++
    return count
  }
  for (let i = 0; i < 4; i++) for (const store of [one, two]) await store.counters.take('shared', rule)
  await stage.stop()
  for (const store of [one, two]) await untilStatus(store, 'warn')
  assert.deepEqual([await admitted(one, 'shared'), await admitted(two, 'shared')], [1, 1])
  assert.deepEqual([await admitted(one, 'fresh'), await admitted(two, 'fresh')], [5, 5])
  assert.equal((await one.counters.take('fresh', rule)).limit, 10)
  await stage.start()
  for (const store of [one, two]) await untilStatus(store, 'pass')
  assert.deepEqual([await admitted(one, 'shared'), await admitted(two, 'fresh')], [0, 0], 'although the store has forgotten all')
})

test('what was spent of quotas meanwhile is counted when the store is back', async () => {
  await using stage = await openStage()
  const store = await stage.open()
  const quota = { max: 10, renewalMs: 600_000 }
  for (let i = 0; i < 3; i++) await store.counters.spend('quota-key', quota)
  await stage.stop()
  await untilStatus(store, 'warn')
  for (let i = 0; i < 4; i++) assert.equal((await store.counters.spend('quota-key', quota)).remaining, 6 - i)
  await stage.start()
  await untilStatus(store, 'pass')
  await until('the quota', async () => (await store.counters.peekQuota('quota-key'))?.used === 7)
  const verdicts = []
  for (let i = 0; i < 4; i++) verdicts.push((await store.counters.spend('quota-key', quota)).allowed)
  assert.deepEqual(verdicts, [true, true, true, false])
})

test('with deny nobody is let in while the store is away', async () => {
  await using stage = await openStage()
  const store = await stage.open({ onOutage: 'deny' })
  await store.sessions.set('seen', {})
  await store.sessions.get('seen')
  await stage.stop()
  await untilStatus(store, 'fail')
  const away = { code: 'store_away' }
  await assert.rejects(store.sessions.get('seen'), away)
  await assert.rejects(async () => store.counters.take('key', { algorithm: 'fixed-window', limit: 1, windowMs: 1000 }), away)
  await assert.rejects(async () => store.counters.spend('key', { max: 1, renewalMs: 1000 }), away)
})

test('a store that accepts and says nothing counts as away, and so does one that says what cannot be read', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-outage-'))
  for (const says of ['', 'HTTP/1.1 200 OK\r\n\r\n']) {
    const path = join(folder.path, `${says.length}.sock`)
    const server: Server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .write(says),
    ).listen({ path })
    const store = await openProcessStore({
      path,
      type: 'sqlite',
      workers: 2,
      onOutage: 'allow',
      cacheBytes: 1000,
      onTrouble: () => {},
    })
    assert.equal(store.status().status, 'fail')
    await assert.rejects(store.sessions.get('abc'), { code: 'store_away' })
    await store.close()
    server.close()
  }
})
