import type { Session } from '../../plugin/contract/session.ts'
import { expiryOf } from '../expiry.ts'
import { toJsonText } from '../json-text.ts'
import { Listeners } from '../listeners.ts'
import { BoundedEntries } from '../memory/bounded-entries.ts'
import type { SessionStore } from '../store.ts'
import type { RedisLink } from './redis-link.ts'
import type { RedisLosses } from './redis-losses.ts'
import { escapeGlob, scan } from './scan.ts'

/** The classic gateway's, so that keys of either are known to the other. */
const PREFIX = 'apikey-'

/** What the sessions that are held in memory take together: those of some ten thousand keys. */
const HELD_BYTES = 32 * 1024 * 1024

/** For how long a session that is held is good, should a notice of its change get lost. */
const FRESH_MS = 10_000

interface Held {
  readonly text: string
  readonly freshUntil: number
  /** Of the time between two losses of notices, in which it was read. */
  readonly era: number
}

/** A session that is being read. */
interface Read {
  readonly key: string
  /** Whether it may be what it was before. */
  stale: boolean
}

export interface RedisSessionsOptions {
  /** Throws once the store is closed. */
  readonly link: () => RedisLink
  readonly clock: () => number
  readonly losses: RedisLosses
  /** Whether sessions that are held are good enough while Redis is away. */
  readonly heldInOutage: boolean
  /** Tells the other gateways that a session was set or deleted. */
  readonly publishKey: (key: string) => Promise<void>
}

/** Sessions in Redis. Those used last are held in memory, and read anew when another gateway has changed them. */
export class RedisSessions implements SessionStore {
  readonly #options: RedisSessionsOptions
  readonly #changes = new Listeners<string | undefined>()
  readonly #held: BoundedEntries<Held>
  #era = 0
  /** Those that are under way; a change of a session makes what comes of them of no use. */
  readonly #reads = new Set<Read>()

  constructor(options: RedisSessionsOptions) {
    this.#options = options
    this.#held = new BoundedEntries({ maxBytes: HELD_BYTES, clock: options.clock })
  }

  async get(key: string): Promise<Session | undefined> {
    const link = this.#options.link()
    const held = this.#held.get(key)
    if (held && link.isThere && held.era === this.#era && held.freshUntil > this.#options.clock()) return JSON.parse(held.text)
    try {
      return await this.#read(link, key)
    } catch (error) {
      const usable = this.#options.heldInOutage ? this.#held.get(key) : undefined
      if (usable === undefined) throw error
      return JSON.parse(usable.text)
    }
  }

  async set(key: string, session: Session, { ttl }: { ttl?: number } = {}): Promise<void> {
    const text = toJsonText(key, session)
    const expiresAt = expiryOf(key, ttl, this.#options.clock)
    const life = ttl === undefined ? [] : ['PX', String(Math.ceil(ttl * 1000))]
    await this.#write(key, ['SET', PREFIX + key, text, ...life])
    this.#hold(key, text, expiresAt)
    this.#changes.tell(key)
  }

  async delete(key: string): Promise<boolean> {
    const deleted = await this.#write(key, ['DEL', PREFIX + key])
    if (deleted === 0) return false
    this.#changes.tell(key)
    return true
  }

  async keys({ prefix = '' }: { prefix?: string } = {}): Promise<string[]> {
    const pattern = `${escapeGlob(PREFIX + prefix)}*`
    const found = new Set<string>()
    for await (const keys of scan(this.#options.link(), pattern)) for (const key of keys) found.add(key.slice(PREFIX.length))
    return [...found]
  }

  onChange(listener: (key: string | undefined) => void): () => void {
    this.#options.link()
    return this.#changes.add(listener)
  }

  /** Another gateway has changed this session; `undefined`: any may have been. */
  changedElsewhere(key: string | undefined): void {
    this.#spoil(key)
    // What may be wrong stays for an outage; what is wrong does not.
    if (key === undefined) this.#era++
    else this.#held.delete(key)
    this.#changes.tell(key)
  }

  /** Drops some of what has expired from memory. */
  sweep(): void {
    this.#held.sweep()
  }

  clear(): void {
    this.#held.clear()
    this.#changes.clear()
  }

  async #read(link: RedisLink, key: string): Promise<Session | undefined> {
    const { clock } = this.#options
    const era = this.#era
    const read: Read = { key, stale: false }
    this.#reads.add(read)
    try {
      const [text, life] = await link.run((connection) =>
        Promise.all(['GET', 'PTTL'].map((command) => connection.send(PREFIX + key, [command, PREFIX + key]))),
      )
      if (typeof text !== 'string') {
        this.#held.delete(key)
        return undefined
      }
      const expiresAt = typeof life === 'number' && life >= 0 ? clock() + life : Number.POSITIVE_INFINITY
      if (!read.stale) this.#hold(key, text, expiresAt, era)
      return JSON.parse(text)
    } finally {
      this.#reads.delete(read)
    }
  }

  async #write(key: string, command: readonly string[]): Promise<unknown> {
    const { link, losses, publishKey } = this.#options
    const opened = link()
    try {
      const answer = await opened.run((connection) => connection.send(PREFIX + key, command))
      // The write is done, whoever hears of it: others go by what they hold for some seconds more at worst.
      publishKey(key).catch((error) => losses.note(error))
      return answer
    } catch (error) {
      losses.count(error)
      throw error
    } finally {
      this.#spoil(key)
      this.#held.delete(key)
    }
  }

  /** A session has changed; `undefined`: any may have. */
  #spoil(key: string | undefined): void {
    for (const read of this.#reads) if (key === undefined || read.key === key) read.stale = true
  }

  #hold(key: string, text: string, expiresAt: number, era = this.#era): void {
    const freshUntil = this.#options.clock() + FRESH_MS
    this.#held.set(key, { text, freshUntil, era }, text.length, expiresAt)
  }
}
