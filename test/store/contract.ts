import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Notice } from '../../src/store/notices.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'
import { testCache } from './contract-cache.ts'
import { testQuotas, testRates } from './contract-counters.ts'

/** A store under test, and the means to let its time pass. */
export interface StoreUnderTest {
  readonly store: Store
  /** Lets this many seconds pass: on an injected clock, or by waiting where the store has its own. */
  advance(seconds: number): Promise<void>
}

/** What every store does. An implementation's test file calls it with a factory of empty stores. */
export function testStore(name: string, open: () => Promise<StoreUnderTest>, options: { skip?: string | false } = {}): void {
  describe(`${name} as a store`, options, () => {
    let store: Store
    let advance: StoreUnderTest['advance']
    beforeEach(async () => {
      ;({ store, advance } = await open())
    })
    afterEach(() => store.close())

    const opened = () => store
    const passing = (seconds: number) => advance(seconds)
    testSessions(opened, passing)
    testKeyValues(opened, passing)
    testRates(opened, passing)
    testQuotas(opened, passing)
    testCache(opened, passing)

    test('notices reach who subscribed, until it ends that', async () => {
      const heard: (Notice | null)[] = []
      const end = store.notices.subscribe((notice) => heard.push(notice))
      await store.notices.publish({ command: 'GroupReload', payload: '' })
      await until('the first notice', () => heard.length === 1)
      end()
      await store.notices.publish({ command: 'Other', payload: 'some' })
      assert.deepEqual(heard, [{ command: 'GroupReload', payload: '' }])
    })

    test('a store that works says so', () => {
      const { status, lostWrites } = store.status()
      assert.deepEqual({ status, lostWrites }, { status: 'pass', lostWrites: 0 })
    })

    test('closes twice in peace, and refuses everything afterwards', async () => {
      const { sessions, counters, cache, notices } = store
      const kv = store.kv('plugin')
      await store.close()
      await store.close()
      const rule = { algorithm: 'sliding-window', limit: 1, windowMs: 1000 } as const
      const calls = [
        () => sessions.get('key'),
        () => sessions.set('key', {}),
        () => sessions.delete('key'),
        () => sessions.keys(),
        () => sessions.onChange(() => {}),
        () => counters.take('key', rule),
        () => counters.reset('key'),
        () => counters.spend('key', { max: 1, renewalMs: 1000 }),
        () => counters.peekQuota('key'),
        () => counters.resetQuota('key'),
        () => cache.get('api', 'key'),
        () => cache.set('api', 'key', Buffer.of(1)),
        () => cache.delete('api', 'key'),
        () => cache.clear('api'),
        () => notices.publish({ command: 'GroupReload', payload: '' }),
        () => notices.subscribe(() => {}),
        () => kv.get('key'),
        () => kv.set('key', 1),
        () => kv.delete('key'),
        () => kv.increment('key'),
      ]
      for (const call of calls) await assert.rejects(async () => call(), { code: 'store_closed' }, String(call))
    })
  })
}

function testSessions(store: () => Store, advance: StoreUnderTest['advance']): void {
  test('a session is found under its key, replaced, and deleted once', async () => {
    const { sessions } = store()
    assert.equal(await sessions.get('abc'), undefined)
    await sessions.set('abc', { alias: 'first', tags: ['a'] })
    await sessions.set('abd', { alias: 'other' })
    await sessions.set('abc', { alias: 'second', meta_data: { deep: { list: [1, null] } } })
    assert.deepEqual(await sessions.get('abc'), { alias: 'second', meta_data: { deep: { list: [1, null] } } })
    assert.equal(await sessions.delete('abc'), true)
    assert.equal(await sessions.delete('abc'), false)
    assert.equal(await sessions.get('abc'), undefined)
    assert.deepEqual(await sessions.get('abd'), { alias: 'other' })
  })

  test('keys are listed, by how they begin, and without those that are gone', async () => {
    const { sessions } = store()
    assert.deepEqual(await sessions.keys(), [])
    for (const key of ['org1:a', 'org1:b', 'org2*?[a]', 'org2*?[b]', 'brief', '']) await sessions.set(key, {})
    await sessions.set('brief', {}, { ttl: 1 })
    await sessions.delete('org1:b')
    const keys = async (prefix?: string) => (await sessions.keys(prefix === undefined ? {} : { prefix })).sort()
    assert.deepEqual(await keys(), ['', 'brief', 'org1:a', 'org2*?[a]', 'org2*?[b]'])
    assert.deepEqual(await keys('org1'), ['org1:a'])
    assert.deepEqual(await keys('org2*?['), ['org2*?[a]', 'org2*?[b]'])
    assert.deepEqual(await keys('*'), [])
    await advance(1.1)
    assert.deepEqual(await keys('b'), [])
  })

  test('who asks to is told of every session that is set or deleted, until it ends that', async () => {
    const { sessions } = store()
    // Word of what went before may still be under way.
    const told: (string | undefined)[] = []
    const end = sessions.onChange((key) => key === 'watched' && told.push(key))
    await sessions.set('watched', {})
    await sessions.get('watched')
    await sessions.delete('watched')
    await sessions.delete('watched')
    await until(
      () => `two changes, found ${told}`,
      () => told.length >= 2,
    )
    end()
    await sessions.set('watched', {})
    assert.deepEqual(told, ['watched', 'watched'])
  })

  test('a stored session changes by no change to what was given or read', async () => {
    const { sessions } = store()
    const given = { meta_data: { count: 1 } }
    await sessions.set('abc', given)
    given.meta_data.count = 2
    const read = await sessions.get('abc')
    if (read?.meta_data) read.meta_data.count = 3
    assert.deepEqual(await sessions.get('abc'), { meta_data: { count: 1 } })
  })

  test('a session with a ttl is gone after it, and a later set without one makes it stay', async () => {
    const { sessions } = store()
    await sessions.set('brief', { alias: 'brief' }, { ttl: 1 })
    await sessions.set('mended', { alias: 'brief' }, { ttl: 1 })
    await sessions.set('mended', { alias: 'lasting' })
    assert.deepEqual(await sessions.get('brief'), { alias: 'brief' })
    await advance(1.1)
    assert.equal(await sessions.get('brief'), undefined)
    assert.equal(await sessions.delete('brief'), false)
    assert.deepEqual(await sessions.get('mended'), { alias: 'lasting' })
  })

  test('a ttl that is no time, and a value that is no JSON, are refused and store nothing', async () => {
    const { sessions } = store()
    const kv = store().kv('plugin')
    for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(sessions.set('abc', {}, { ttl }), { code: 'store_ttl_invalid' })
      await assert.rejects(kv.set('key', 1, { ttl }), { code: 'store_ttl_invalid' })
      await assert.rejects(kv.increment('key', 1, { ttl }), { code: 'store_ttl_invalid' })
    }
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const value of [undefined, () => 1, 1n, cycle]) {
      await assert.rejects(kv.set('key', value), { code: 'store_value_not_json' })
    }
    assert.equal(await sessions.get('abc'), undefined)
    assert.equal(await kv.get('key'), undefined)
  })
}

function testKeyValues(store: () => Store, advance: StoreUnderTest['advance']): void {
  test('any JSON value is kept, as a copy', async () => {
    const kv = store().kv('plugin')
    for (const value of [null, false, 0, '', 'text', [1, [2]], { a: { b: null } }]) {
      await kv.set('key', value)
      assert.deepEqual(await kv.get('key'), value)
    }
    const given = [1]
    await kv.set('key', given)
    given.push(2)
    assert.deepEqual(await kv.get('key'), [1])
    await kv.delete('key')
    await kv.delete('key')
    assert.equal(await kv.get('key'), undefined)
  })

  test('the same namespace is the same space, and no choice of names leads from one into another or into the sessions', async () => {
    const one = store().kv('plugin')
    await one.set('b:c', 1)
    assert.equal(await store().kv('plugin').get('b:c'), 1)
    for (const [namespace, key] of [
      ['plugin:b', 'c'],
      ['plugin\0b', 'c'],
      ['', 'plugin:b:c'],
      ['Plugin', 'b:c'],
    ] as const) {
      assert.equal(await store().kv(namespace).get(key), undefined)
      await store().kv(namespace).delete(key)
    }
    await store().sessions.set('b:c', { alias: 'session' })
    assert.equal(await one.get('b:c'), 1)
  })

  test('increments made at once are all counted, each with a number of its own', async () => {
    const kv = store().kv('plugin')
    const numbers = await Promise.all(Array.from({ length: 100 }, () => store().kv('plugin').increment('hits')))
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i + 1),
    )
    assert.equal(await kv.get('hits'), 100)
    assert.equal(await kv.increment('hits', -30), 70)
    await kv.set('hits', 5)
    assert.equal(await kv.increment('hits', 2), 7)
  })

  test('the ttl of an increment counts from the first one: a window does not move', async () => {
    const kv = store().kv('plugin')
    assert.equal(await kv.increment('window', 1, { ttl: 2 }), 1)
    await advance(1.2)
    assert.equal(await kv.increment('window', 1, { ttl: 2 }), 2)
    await advance(1.2)
    assert.equal(await kv.get('window'), undefined)
    assert.equal(await kv.increment('window', 1, { ttl: 2 }), 1)
  })

  test('only whole numbers are incremented, by whole numbers, and a refusal changes nothing', async () => {
    const kv = store().kv('plugin')
    for (const value of ['1', null, 1.5, { n: 1 }]) {
      await kv.set('key', value)
      await assert.rejects(kv.increment('key'), { code: 'store_increment_invalid' })
      assert.deepEqual(await kv.get('key'), value)
    }
    await kv.set('key', Number.MAX_SAFE_INTEGER)
    await assert.rejects(kv.increment('key'), { code: 'store_increment_invalid' })
    await assert.rejects(kv.increment('other', 0.5), { code: 'store_increment_invalid' })
    assert.equal(await kv.get('other'), undefined)
  })
}
