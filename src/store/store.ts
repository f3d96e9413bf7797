import type { KeyValue } from '../plugin/contract/kv.ts'
import type { Session } from '../plugin/contract/session.ts'
import type { CacheStore } from './cache-store.ts'
import type { Counters } from './counters.ts'
import type { Notices } from './notices.ts'
import type { StoreStatus } from './status.ts'

/**
 * What outlives a request. Every implementation passes the suite in test/store/contract.ts; the rules that hold for
 * all of them:
 *
 * - Values are JSON. What is read is a copy: changing it changes nothing that is stored.
 * - A `ttl` is in seconds, may have a fraction and is greater than 0; without one an entry stays until it is deleted.
 *   Whoever reads an entry after its time finds nothing.
 * - What a call has promised is visible to every call that starts after it.
 * - Once `close` has been called, every other call fails with `store_closed`.
 * - Where a method returns `T | Promise<T>`, a store that has the answer at hand gives it at once, so that the path of a
 *   request need not wait; such a method may throw what another store rejects with.
 */
export interface Store {
  /** The sessions of keys: those that `auth_check` plugins save, and those made through the admin API. */
  readonly sessions: SessionStore

  /** What rates and quotas are counted by. */
  readonly counters: Counters

  /** Responses that are kept to be sent again. */
  readonly cache: CacheStore

  /**
   * The key-value space of one plugin. The same namespace is the same space, whoever asks for it; different ones never
   * meet.
   */
  kv(namespace: string): KeyValue

  /** Word to and from the other gateways on this store. */
  readonly notices: Notices

  /** How the store is doing. It can be asked after `close` as well. */
  status(): StoreStatus

  /** Writes what is left to write, and frees what the store holds. Idempotent. */
  close(): Promise<void>
}

/** Sessions by key. A key is the text that it is stored under, hashed if the configuration asks for that. */
export interface SessionStore {
  get(key: string): Promise<Session | undefined>

  /** Stores the session, or replaces it together with its time to live. */
  set(key: string, session: Session, options?: { ttl?: number }): Promise<void>

  /** Whether there was one. */
  delete(key: string): Promise<boolean>

  /** The keys that begin with `prefix`, or all; in no order. */
  keys(options?: { prefix?: string }): Promise<string[]>

  /**
   * Calls `listener` with every key whose session was set or deleted, by whichever gateway, so that who has kept something made
   * of a session can drop it; with `undefined` where any may have been. Sessions that expire are not told of.
   *
   * @returns ends the calls
   */
  onChange(listener: (key: string | undefined) => void): () => void
}
