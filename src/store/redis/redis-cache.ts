import type { CacheStore } from '../cache-store.ts'
import { expiryOf } from '../expiry.ts'
import type { RedisLink } from './redis-link.ts'
import type { RedisLosses } from './redis-losses.ts'
import { escapeGlob, scan } from './scan.ts'

export interface RedisCacheOptions {
  /** Throws once the store is closed. */
  readonly link: () => RedisLink
  readonly losses: RedisLosses
  /** A value may be as large, in bytes; what all of them may take is Redis' own matter (`maxmemory`). */
  readonly maxBytes: number
}

/** Bytes in Redis. What cannot be read or written is a miss. */
export class RedisCache implements CacheStore {
  readonly #options: RedisCacheOptions

  constructor(options: RedisCacheOptions) {
    this.#options = options
  }

  async get(namespace: string, key: string): Promise<Buffer | undefined> {
    const { link, losses } = this.#options
    const id = idOf(namespace, key)
    const opened = link()
    if (!opened.isThere) return undefined
    try {
      const found = await opened.run((connection) => connection.sendForBytes(id, ['GET', id]))
      return Buffer.isBuffer(found) ? found : undefined
    } catch (error) {
      losses.note(error)
      return undefined
    }
  }

  async set(namespace: string, key: string, value: Buffer, { ttl }: { ttl?: number } = {}): Promise<void> {
    const { link, losses, maxBytes } = this.#options
    const id = idOf(namespace, key)
    const opened = link()
    const life = ttl === undefined ? [] : ['PX', String(Math.ceil(expiryOf(key, ttl, () => 0)))]
    const command = value.length > maxBytes ? ['UNLINK', id] : ['SET', id, value, ...life]
    if (opened.isThere) await opened.run((connection) => connection.send(id, command)).catch((error) => losses.note(error))
  }

  async delete(namespace: string, key: string): Promise<boolean> {
    const id = idOf(namespace, key)
    return (await this.#options.link().run((connection) => connection.send(id, ['DEL', id]))) === 1
  }

  /** It takes the longer, the more keys there are in Redis; a script to do it in one step would stop all else meanwhile. */
  async clear(namespace: string): Promise<void> {
    const link = this.#options.link()
    for await (const ids of scan(link, `${escapeGlob(spaceOf(namespace))}*`)) {
      await link.run((connection) => Promise.all(ids.map((id) => connection.send(id, ['UNLINK', id]))))
    }
  }
}

function idOf(namespace: string, key: string): string {
  return spaceOf(namespace) + key
}

/** As the classic gateway names the caches of APIs; encoded, a namespace has no colon, so that none begins as another. */
function spaceOf(namespace: string): string {
  return `cache-${encodeURIComponent(namespace.toWellFormed())}:`
}
