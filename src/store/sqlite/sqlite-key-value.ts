import { failure } from '../../errors.ts'
import type { KeyValue } from '../../plugin/contract/kv.ts'
import type { Calls } from './database-thread.ts'
import { storedExpiry, storedText } from './stored-text.ts'

/**
 * The key-value space of one plugin, in the database. A call is answered before the disk has what it wrote.
 *
 * @param thread throws once the store is closed
 */
export function sqliteKeyValue(thread: () => Calls, namespace: string, clock: () => number): KeyValue {
  /** JSON, because a joined key would let one space reach into another. */
  const entry = (key: string) => JSON.stringify([namespace, key])
  return {
    async get<T>(key: string) {
      const text = await thread().call('getValue', entry(key), clock())
      return text === undefined ? undefined : (JSON.parse(text) as T)
    },
    async set(key, value, { ttl } = {}) {
      await thread().call('setValue', entry(key), storedText(key, value, ttl, clock))
    },
    async delete(key) {
      await thread().call('deleteValue', entry(key))
    },
    async increment(key, by = 1, { ttl } = {}) {
      const total = await thread().call('increment', entry(key), by, storedExpiry(key, ttl, clock), clock())
      if (typeof total === 'number') return total
      throw failure('store_increment_invalid', { key, found: total, by })
    },
  }
}
