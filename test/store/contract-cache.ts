import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../src/store/store.ts'
import type { StoreUnderTest } from './contract.ts'

/** What the cache of every store does. */
export function testCache(store: () => Store, advance: StoreUnderTest['advance']): void {
  test('bytes of every value are cached, replaced and deleted once', async () => {
    const { cache } = store()
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    assert.equal(await cache.get('api', 'key'), undefined)
    await cache.set('api', 'key', bytes)
    await cache.set('api', 'empty', Buffer.alloc(0))
    assert.deepEqual(await cache.get('api', 'key'), bytes)
    assert.deepEqual(await cache.get('api', 'empty'), Buffer.alloc(0))
    await cache.set('api', 'key', Buffer.of(7))
    assert.deepEqual(await cache.get('api', 'key'), Buffer.of(7))
    assert.equal(await cache.delete('api', 'key'), true)
    assert.equal(await cache.delete('api', 'key'), false)
    assert.equal(await cache.get('api', 'key'), undefined)
  })

  test('clearing a namespace drops what is in it and nothing else', async () => {
    const { cache } = store()
    const namespaces = ['api', 'api-2', 'ap', '', 'a*', 'api:1']
    for (const namespace of namespaces) {
      await cache.set(namespace, 'i:key', Buffer.from(namespace))
      await cache.set(namespace, 'key', Buffer.from(namespace))
    }
    await cache.clear('api')
    await cache.clear('a*')
    await cache.clear('never there')
    for (const namespace of namespaces) {
      const gone = namespace === 'api' || namespace === 'a*'
      for (const key of ['i:key', 'key']) {
        assert.deepEqual(await cache.get(namespace, key), gone ? undefined : Buffer.from(namespace), namespace)
      }
    }
    await cache.set('api', 'key', Buffer.of(1))
    assert.deepEqual(await cache.get('api', 'key'), Buffer.of(1))
  })

  test('a cached entry is gone after its ttl, and a later set without one makes it stay', async () => {
    const { cache } = store()
    await cache.set('api', 'brief', Buffer.of(1), { ttl: 1 })
    await cache.set('api', 'mended', Buffer.of(1), { ttl: 1 })
    await cache.set('api', 'mended', Buffer.of(2))
    assert.deepEqual(await cache.get('api', 'brief'), Buffer.of(1))
    await advance(1.1)
    assert.equal(await cache.get('api', 'brief'), undefined)
    assert.equal(await cache.delete('api', 'brief'), false)
    assert.deepEqual(await cache.get('api', 'mended'), Buffer.of(2))
    for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(async () => cache.set('api', 'key', Buffer.of(1), { ttl }), { code: 'store_ttl_invalid' })
    }
    assert.equal(await cache.get('api', 'key'), undefined)
  })
}
