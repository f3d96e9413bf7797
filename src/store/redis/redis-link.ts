import { setTimeout as delay } from 'node:timers/promises'
import { failure, type PosternError, textOf } from '../../errors.ts'
import type { Connection } from './connection.ts'

const SHORTEST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1_000

/** Answers of a Redis that is there and cannot serve: it loads its data, or its cluster has no whole. */
const UNAVAILABLE = /^(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|NOREPLICAS)\b/
/** What Redis answers to a command that it took and could not carry out: `CODE text`. */
const ANSWERED = /^[A-Z][A-Z]+ /

export interface RedisLinkOptions {
  /** What messages call the store. */
  readonly where: string
  /** For how long a call may wait, in milliseconds. */
  readonly timeoutMs: number
  readonly connect: (onLost: (error: Error) => void) => Promise<Connection>
  /** Is told of each loss, and with `null` of each return. */
  readonly onTrouble: (error: PosternError | null) => void
}

/**
 * The way to Redis. It is there or it is away, for all calls alike: the first call that gets no answer in time breaks off every
 * other, later ones fail at once, and meanwhile it is tried to connect anew. So no call waits longer than one time limit, whatever
 * has happened, and nothing piles up.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions
  readonly #calls = new Set<(error: PosternError) => void>()
  readonly #closing = new AbortController()
  #connection: Connection | null = null
  #trouble: string | null = null
  #recovering: Promise<void> | null = null
  #returnedAt = Number.NEGATIVE_INFINITY
  #wasThere = false

  constructor(options: RedisLinkOptions) {
    this.#options = options
  }

  /**
   * Connects. Where Redis is not there, that is told, and it is tried again until it is.
   *
   * @throws what makes trying again useless
   */
  async open(isHopeless: (reason: string) => boolean): Promise<void> {
    try {
      await this.#connect()
    } catch (error) {
      if (isHopeless(textOf(error))) throw error
      this.#setTrouble(textOf(error))
      this.#recovering = this.#recover()
    }
  }

  get isThere(): boolean {
    return this.#connection !== null
  }

  /** Whether it ever was. */
  get wasThere(): boolean {
    return this.#wasThere
  }

  /** Why Redis is away; `null` if it is not. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** When it came back after it had been away, in milliseconds of `performance.now()`. */
  get returnedAt(): number {
    return this.#returnedAt
  }

  /**
   * @throws `store_away` if there is no answer in time, or none to be expected; `store_failed` if Redis could not do what was
   *   asked
   */
  run<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#connection
    if (connection === null) return Promise.reject(this.away())
    const { timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // Where this process itself was held up, the answer is at hand, and is read before what is said here.
        setImmediate(() => this.#calls.has(breakOff) && this.#lose(connection, `no answer within ${timeoutMs} ms`))
      }, timeoutMs)
      const settle = () => {
        clearTimeout(timer)
        this.#calls.delete(breakOff)
      }
      const breakOff = (error: PosternError) => {
        settle()
        reject(error)
      }
      this.#calls.add(breakOff)
      work(connection).then(
        (result) => {
          settle()
          resolve(result)
        },
        (error) => {
          settle()
          reject(this.#judge(connection, error))
        },
      )
    })
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#connection?.destroy()
    this.#connection = null
    this.#breakOff()
    await this.#recovering
  }

  async #connect(): Promise<void> {
    let opened: Connection | null = null
    let lost: Error | null = null
    const connection = await this.#options.connect((error) => {
      lost ??= error
      if (opened) this.#lose(opened, textOf(error))
    })
    if (lost || this.#closing.signal.aborted) {
      connection.destroy()
      throw lost ?? this.away()
    }
    opened = connection
    this.#connection = connection
    this.#wasThere = true
  }

  #judge(connection: Connection, error: unknown): PosternError {
    const reason = textOf(error)
    if (ANSWERED.test(reason) && !UNAVAILABLE.test(reason)) {
      return failure('store_failed', { where: this.#options.where, reason }, error)
    }
    this.#lose(connection, reason)
    return this.away()
  }

  #lose(connection: Connection, reason: string): void {
    if (this.#connection !== connection) return
    this.#connection = null
    this.#setTrouble(reason)
    connection.destroy()
    this.#breakOff()
    this.#recovering = this.#recover()
  }

  #breakOff(): void {
    for (const breakOff of [...this.#calls]) breakOff(this.away())
  }

  async #recover(): Promise<void> {
    const { signal } = this.#closing
    for (let attempt = 0; !signal.aborted; attempt++) {
      const wait = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** attempt)
      // Not all gateways at once.
      await delay(wait * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      try {
        await this.#connect()
        this.#trouble = null
        this.#returnedAt = performance.now()
        this.#options.onTrouble(null)
        return
      } catch (error) {
        this.#trouble = textOf(error)
      }
    }
  }

  #setTrouble(reason: string): void {
    this.#trouble = reason
    if (!this.#closing.signal.aborted) this.#options.onTrouble(this.away())
  }

  /** What calls fail with while Redis is away. */
  away(): PosternError {
    if (this.#closing.signal.aborted) return failure('store_closed', undefined)
    return failure('store_away', { where: this.#options.where, reason: this.#trouble ?? 'it was never there' })
  }
}
