import { failure } from '../../errors.ts'
import type { KeyValue } from '../../plugin/contract/kv.ts'
import { expiryOf } from '../expiry.ts'
import { toJsonText } from '../json-text.ts'
import type { StoreLink } from './store-link.ts'

export interface ProcessKeyValueOptions {
  readonly namespace: string
  /** Throws once the store is closed. */
  readonly link: () => StoreLink
  readonly clock: () => number
  /** A write is lost. */
  readonly onLost: () => void
}

/** The key-value space of one plugin, in the process that has the store. */
export function processKeyValue({ namespace, link, clock, onLost }: ProcessKeyValueOptions): KeyValue {
  const written = async <T>(opened: StoreLink, write: Promise<T>): Promise<T> => {
    try {
      return await write
    } catch (error) {
      if (!opened.isThere) onLost()
      throw error
    }
  }
  return {
    async get<T>(key: string) {
      const text = await link().call('getValue', namespace, key)
      return text === null ? undefined : (JSON.parse(text) as T)
    },
    async set(key, value, { ttl } = {}) {
      const opened = link()
      expiryOf(key, ttl, clock)
      await written(opened, opened.call('setValue', namespace, key, toJsonText(key, value), ttl ?? null))
    },
    async delete(key) {
      const opened = link()
      await written(opened, opened.call('deleteValue', namespace, key))
    },
    async increment(key, by = 1, { ttl } = {}) {
      const opened = link()
      expiryOf(key, ttl, clock)
      // JSON has no form for what is no number.
      if (!Number.isFinite(by)) throw failure('store_increment_invalid', { key, found: '', by })
      return await written(opened, opened.call('increment', namespace, key, by, ttl ?? null))
    },
  }
}
