import { failure } from '../../errors.ts'
import type { KeyValue } from '../../plugin/contract/kv.ts'
import { expiryOf } from '../expiry.ts'
import { toJsonText } from '../json-text.ts'
import type { RedisLink } from './redis-link.ts'
import type { RedisLosses } from './redis-losses.ts'
import { increment } from './scripts.ts'

const PREFIX = 'postern-kv-'

export interface RedisKeyValueOptions {
  readonly namespace: string
  /** Throws once the store is closed. */
  readonly link: () => RedisLink
  readonly losses: RedisLosses
}

/** The key-value space of one plugin, in Redis. */
export function redisKeyValue({ namespace, link, losses }: RedisKeyValueOptions): KeyValue {
  /** JSON, because a joined key would let one space reach into another. */
  const entry = (key: string) => PREFIX + JSON.stringify([namespace, key])
  const read = (key: string) => link().run((connection) => connection.send(entry(key), ['GET', entry(key)]))
  const counted = async <T>(write: Promise<T>): Promise<T> => {
    try {
      return await write
    } catch (error) {
      losses.count(error)
      throw error
    }
  }
  return {
    async get<T>(key: string) {
      const text = await read(key)
      return typeof text === 'string' ? (JSON.parse(text) as T) : undefined
    },
    async set(key, value, { ttl } = {}) {
      const opened = link()
      const command = ['SET', entry(key), toJsonText(key, value), ...(ttl === undefined ? [] : ['PX', lifeOf(key, ttl)])]
      await counted(opened.run((connection) => connection.send(entry(key), command)))
    },
    async delete(key) {
      const opened = link()
      await counted(opened.run((connection) => connection.send(entry(key), ['DEL', entry(key)])))
    },
    async increment(key, by = 1, { ttl } = {}) {
      const opened = link()
      const life = ttl === undefined ? '' : lifeOf(key, ttl)
      if (!Number.isSafeInteger(by)) {
        const found = await read(key)
        throw failure('store_increment_invalid', { key, found: typeof found === 'string' ? found : '0', by })
      }
      const answer = await counted(opened.run((connection) => increment.run(connection, entry(key), [by, life])))
      const [done, text] = answer as [number, string]
      if (done === 0) throw failure('store_increment_invalid', { key, found: text, by })
      return Number(text)
    },
  }
}

/** Whole milliseconds, never fewer than asked for. @throws `store_ttl_invalid` */
function lifeOf(key: string, ttl: number): string {
  return String(Math.ceil(expiryOf(key, ttl, () => 0)))
}
