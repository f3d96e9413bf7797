import type { Session } from '../../plugin/contract/session.ts'
import { Listeners } from '../listeners.ts'
import { BoundedEntries } from '../memory/bounded-entries.ts'
import type { SessionStore } from '../store.ts'
import type { Calls } from './database-thread.ts'
import type { StoredText } from './operations.ts'
import { storedText } from './stored-text.ts'

/** What the sessions that are held in memory take together: those of some ten thousand keys. */
const HELD_BYTES = 32 * 1024 * 1024

/**
 * Sessions in the database, of which those used last are held in memory. The thread answers calls on a key in their order, so
 * that what is held is never older than what is stored.
 */
export class SqliteSessions implements SessionStore {
  readonly #thread: () => Calls
  readonly #clock: () => number
  readonly #changes = new Listeners<string | undefined>()
  readonly #held: BoundedEntries<string>

  /** @param thread throws once the store is closed */
  constructor(thread: () => Calls, clock: () => number) {
    this.#thread = thread
    this.#clock = clock
    this.#held = new BoundedEntries({ maxBytes: HELD_BYTES, clock })
  }

  async get(key: string): Promise<Session | undefined> {
    const thread = this.#thread()
    const held = this.#held.get(key)
    if (held !== undefined) return JSON.parse(held)
    const stored = await thread.call('getSession', key, this.#clock())
    if (stored === undefined) return undefined
    this.#hold(key, stored)
    return JSON.parse(stored.text)
  }

  async set(key: string, session: Session, { ttl }: { ttl?: number } = {}): Promise<void> {
    const thread = this.#thread()
    const stored = storedText(key, session, ttl, this.#clock)
    try {
      await thread.call('setSession', key, stored)
    } catch (error) {
      // A reader may have met what is undone now.
      this.#held.delete(key)
      throw error
    }
    this.#hold(key, stored)
    this.#changes.tell(key)
  }

  async delete(key: string): Promise<boolean> {
    const found = await this.#thread().call('deleteSession', key, this.#clock())
    this.#held.delete(key)
    if (found) this.#changes.tell(key)
    return found
  }

  async keys({ prefix = '' }: { prefix?: string } = {}): Promise<string[]> {
    return this.#thread().call('sessionKeys', prefix, this.#clock())
  }

  onChange(listener: (key: string | undefined) => void): () => void {
    this.#thread()
    return this.#changes.add(listener)
  }

  /** Drops some of what has expired from memory. */
  sweep(): void {
    this.#held.sweep()
  }

  clear(): void {
    this.#held.clear()
    this.#changes.clear()
  }

  #hold(key: string, { text, expiresAt }: StoredText): void {
    this.#held.set(key, text, text.length, expiresAt ?? Number.POSITIVE_INFINITY)
  }
}
