import { nameOf } from '../../../store/redis/addresses.ts'
import { connect } from '../../../store/redis/connection.ts'
import { RedisLink } from '../../../store/redis/redis-link.ts'
import type { RedisSettings } from '../../../store/settings.ts'
import type { RecordOptions } from '../record-of.ts'
import type { Batch, Sink } from '../sink.ts'
import { RedisBatch } from './redis-batch.ts'

/** The list that tyk-pump reads unless it is told otherwise, with its prefix. */
const LIST = 'analytics-tyk-system-analytics'
/** So many lists records are spread over, where they are. */
const LISTS = 10

const SHORTEST_CONNECT_MS = 2_000
/** Batches are not in a hurry as requests are. */
const SHORTEST_WRITE_MS = 2_000

export interface RedisSinkOptions {
  readonly settings: RedisSettings
  /** How long a list is kept once nothing is added any more, in seconds; 0: for ever. */
  readonly expirySeconds: number
  readonly manyLists: boolean
  readonly records: RecordOptions
}

/** A list in Redis, over a connection of its own: what is away or slow there keeps no request waiting. */
export class RedisSink implements Sink {
  readonly #options: RedisSinkOptions
  readonly #link: RedisLink
  #next = 0

  private constructor(options: RedisSinkOptions) {
    this.#options = options
    const { settings } = options
    const timeoutMs = settings.timeout * 1000
    this.#link = new RedisLink({
      where: nameOf(settings),
      timeoutMs: Math.max(timeoutMs, SHORTEST_WRITE_MS),
      connect: (onLost) => connect({ settings, timeoutMs: Math.max(timeoutMs, SHORTEST_CONNECT_MS), onLost }),
      // The batches that are lost say so.
      onTrouble: () => {},
    })
  }

  /** One that cannot be reached is tried again. */
  static async open(options: RedisSinkOptions): Promise<RedisSink> {
    const sink = new RedisSink(options)
    await sink.#link.open(() => false)
    return sink
  }

  begin(): Batch {
    return new RedisBatch(this.#options.records, (values) => this.#push(values))
  }

  async #push(values: readonly Buffer[]): Promise<void> {
    const { expirySeconds, manyLists } = this.#options
    const list = manyLists ? `${LIST}_${this.#next}` : LIST
    this.#next = (this.#next + 1) % LISTS
    await this.#link.run(async (connection) => {
      const pushed = connection.send(list, ['RPUSH', list, ...values])
      if (expirySeconds === 0) return await pushed
      const kept = connection.send(list, ['EXPIRE', list, String(Math.ceil(expirySeconds))])
      return await Promise.all([pushed, kept])
    })
  }

  async close(): Promise<void> {
    await this.#link.close()
  }
}
