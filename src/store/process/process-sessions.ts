import type { Session } from '../../plugin/contract/session.ts'
import { expiryOf } from '../expiry.ts'
import { toJsonText } from '../json-text.ts'
import { Listeners } from '../listeners.ts'
import { BoundedEntries } from '../memory/bounded-entries.ts'
import type { SessionStore } from '../store.ts'
import type { StoreLink } from './store-link.ts'

/** What the sessions that are held for an outage take together: those of some ten thousand keys. */
const HELD_BYTES = 32 * 1024 * 1024

/** For how long a session that was read is good in an outage. When it ends in the store is not known here. */
const HELD_MS = 60_000

export interface ProcessSessionsOptions {
  /** Throws once the store is closed. */
  readonly link: () => StoreLink
  readonly clock: () => number
  /** Whether sessions that were read before are good enough while the store is away. */
  readonly heldInOutage: boolean
  /** A write is lost. */
  readonly onLost: () => void
}

/** Sessions in the process that has the store. */
export class ProcessSessions implements SessionStore {
  readonly #options: ProcessSessionsOptions
  readonly #changes = new Listeners<string | undefined>()
  readonly #held: BoundedEntries<string>

  constructor(options: ProcessSessionsOptions) {
    this.#options = options
    this.#held = new BoundedEntries({ maxBytes: HELD_BYTES, clock: options.clock })
  }

  async get(key: string): Promise<Session | undefined> {
    const link = this.#options.link()
    if (!link.isThere) return this.#getHeld(key, link.away())
    try {
      const text = await link.call('getSession', key)
      if (text === null) return undefined
      this.#hold(key, text)
      return JSON.parse(text)
    } catch (error) {
      return this.#getHeld(key, error)
    }
  }

  async set(key: string, session: Session, { ttl }: { ttl?: number } = {}): Promise<void> {
    const link = this.#options.link()
    const text = toJsonText(key, session)
    expiryOf(key, ttl, this.#options.clock)
    await this.#written(key, link.call('setSession', key, text, ttl ?? null))
  }

  async delete(key: string): Promise<boolean> {
    return await this.#written(key, this.#options.link().call('deleteSession', key))
  }

  async keys({ prefix = '' }: { prefix?: string } = {}): Promise<string[]> {
    return await this.#options.link().call('sessionKeys', prefix)
  }

  onChange(listener: (key: string | undefined) => void): () => void {
    this.#options.link()
    return this.#changes.add(listener)
  }

  /** Some worker has changed a session; `undefined`: any may have been changed. */
  changed(key: string | undefined): void {
    if (key !== undefined) this.#held.delete(key)
    this.#changes.tell(key)
  }

  /** What is held may be out of date. */
  forget(): void {
    this.#held.clear()
    this.changed(undefined)
  }

  sweep(): void {
    this.#held.sweep()
  }

  clear(): void {
    this.#held.clear()
    this.#changes.clear()
  }

  #getHeld(key: string, error: unknown): Session {
    const { link, heldInOutage } = this.#options
    const text = heldInOutage && !link().isThere ? this.#held.get(key) : undefined
    if (text === undefined) throw error
    return JSON.parse(text)
  }

  #hold(key: string, text: string): void {
    if (this.#options.heldInOutage) this.#held.set(key, text, text.length, this.#options.clock() + HELD_MS)
  }

  async #written<T>(key: string, write: Promise<T>): Promise<T> {
    try {
      return await write
    } catch (error) {
      // Whether it was written is not known.
      this.#held.delete(key)
      this.#options.onLost()
      throw error
    }
  }
}
