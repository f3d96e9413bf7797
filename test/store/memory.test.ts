import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExpiringTexts } from '../../src/store/memory/expiring-texts.ts'
import { MemoryCache } from '../../src/store/memory/memory-cache.ts'
import { MemoryCounters } from '../../src/store/memory/memory-counters.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { testStore } from './contract.ts'

testStore('the memory store', async () => {
  let now = 1_700_000_000_000
  const store = await openMemoryStore({ clock: () => now })
  const advance = async (seconds: number) => {
    now += Math.round(seconds * 1000)
  }
  return { store, advance }
})

test('sweeps of a few entries each, between writes, come round to every expired entry that nobody asks for', () => {
  let now = 0
  const texts = new ExpiringTexts(() => now)
  for (let i = 0; i < 25; i++) texts.set(`lasting ${i}`, 'x')
  for (let i = 0; i < 100; i++) texts.set(`brief ${i}`, 'x', 1)
  texts.sweep(10)
  now += 2000
  for (let i = 0; i < 25; i++) {
    texts.set('lasting 0', `written ${i}`)
    texts.sweep(10)
  }
  assert.equal(texts.size, 25)
})

test('counters whose time is over are swept, and no others', () => {
  let now = 0
  const counters = new MemoryCounters(() => now)
  const count = (key: string, windowMs: number) => {
    for (const algorithm of ['sliding-window', 'token-bucket', 'fixed-window'] as const) {
      counters.take(`${algorithm} ${key}`, { algorithm, limit: 1, windowMs })
    }
    counters.spend(key, { max: 1, renewalMs: windowMs })
  }
  for (let i = 0; i < 10; i++) count(`brief ${i}`, 1000)
  count('lasting', 60_000)
  counters.spend('for ever', { max: 1, renewalMs: 0 })
  now = 1000
  for (let i = 0; i < 10; i++) counters.sweep(10)
  assert.equal(counters.size, 5)
  assert.equal(
    counters.take('sliding-window lasting', { algorithm: 'sliding-window', limit: 1, windowMs: 60_000 }).allowed,
    false,
  )
})

test('a clock that is put back stops time at most for a window', () => {
  for (const algorithm of ['sliding-window', 'token-bucket', 'fixed-window'] as const) {
    const counters = new MemoryCounters(Date.now)
    const rule = { algorithm, limit: 2, windowMs: 1000 }
    const allowed = (now: number) => counters.take('key', rule, now).allowed
    assert.deepEqual([100_000, 100_000, 99_500].map(allowed), [true, true, false], algorithm)
    assert.deepEqual([101_000, 101_000, 90_000].map(allowed), [true, true, true], algorithm)
  }
  const counters = new MemoryCounters(Date.now)
  counters.spend('key', { max: 1, renewalMs: 1000 }, 100_000)
  assert.equal(counters.spend('key', { max: 1, renewalMs: 1000 }, 50_000).renewsAtMs, 51_000)
})

test('a quota ends to the millisecond', () => {
  const counters = new MemoryCounters(Date.now)
  const spend = (now: number) => counters.spend('key', { max: 1, renewalMs: 10_000 }, now)
  assert.deepEqual(spend(1000), { allowed: true, remaining: 0, renewsAtMs: 11_000 })
  assert.deepEqual(spend(10_999), { allowed: false, remaining: 0, renewsAtMs: 11_000 })
  assert.deepEqual(spend(11_000), { allowed: true, remaining: 0, renewsAtMs: 21_000 })
})

test('a full cache drops what was unused the longest, and never holds more than its bound', () => {
  const cache = new MemoryCache({ maxBytes: 10_000, clock: () => 0 })
  const value = Buffer.alloc(2000)
  for (const key of ['a', 'b', 'c', 'd']) cache.set('api', key, value)
  cache.get('api', 'a')
  cache.set('api', 'e', value)
  const kept = ['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get('api', key) !== undefined)
  assert.deepEqual(kept, ['a', 'c', 'd', 'e'])
  assert.ok(cache.bytes <= 10_000)
  cache.set('api', 'a', Buffer.alloc(20_000))
  assert.equal(cache.get('api', 'a'), undefined)
  assert.notEqual(cache.get('api', 'e'), undefined)
  for (const key of ['c', 'd', 'e']) cache.delete('api', key)
  assert.equal(cache.bytes, 0)
})

test('what has expired in the cache gives its room back without being asked for', () => {
  let now = 0
  const cache = new MemoryCache({ maxBytes: 10_000, clock: () => now })
  for (let i = 0; i < 5; i++) cache.set('api', `brief ${i}`, Buffer.alloc(10), { ttl: 1 })
  cache.set('api', 'lasting', Buffer.alloc(10))
  const all = cache.bytes
  now = 1000
  cache.sweep()
  assert.ok(cache.bytes > 0 && cache.bytes < all / 4)
  assert.notEqual(cache.get('api', 'lasting'), undefined)
})

test('an open memory store does not keep the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const store = await openMemoryStore()
  assert.equal(timers(), before)
  await store.close()
})
