import { randomUUID } from 'node:crypto'
import type { RedisLink } from './redis-link.ts'
import { attend } from './scripts.ts'

const KEY = 'postern-gateways'
const INTERVAL_MS = 2_000
/** For how long a gateway counts after it was last heard of. */
const VALID_MS = 10_000

/** How many gateways share a Redis. To ask it now and then is also what notices that it is away while there are no requests. */
export class Fleet {
  readonly #link: RedisLink
  readonly #self = randomUUID()
  readonly #timer: NodeJS.Timeout
  #size = 1

  constructor(link: RedisLink) {
    this.#link = link
    this.#timer = setInterval(() => this.attend(), INTERVAL_MS).unref()
  }

  /** This one included. While Redis is away: how many there were. */
  get size(): number {
    return this.#size
  }

  async attend(): Promise<void> {
    if (!this.#link.isThere) return
    try {
      const size = await this.#link.run((connection) => attend.run(connection, KEY, [this.#self, VALID_MS]))
      this.#size = Math.max(1, Number(size))
    } catch {
      // Others tell of an outage.
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#link.run((connection) => connection.send(KEY, ['ZREM', KEY, this.#self])).catch(() => {})
  }
}
