import type { KeyValue } from '../plugin/contract/kv.ts'
import type { Session } from '../plugin/contract/session.ts'

/**
 * What outlives a request. Every implementation passes the suite in test/store/contract.ts; the rules that hold for
 * all of them:
 *
 * - Values are JSON. What is read is a copy: changing it changes nothing that is stored.
 * - A `ttl` is in seconds, may have a fraction and is greater than 0; without one an entry stays until it is deleted.
 *   Whoever reads an entry after its time finds nothing.
 * - What a call has promised is visible to every call that starts after it.
 * - Once `close` has been called, every other call rejects with `store_closed`.
 */
export interface Store {
  /** The sessions of keys: those that `auth_check` plugins save, and those made through the admin API. */
  readonly sessions: SessionStore

  /**
   * The key-value space of one plugin. The same namespace is the same space, whoever asks for it; different ones never
   * meet.
   */
  kv(namespace: string): KeyValue

  /** Frees what the store holds. Idempotent. */
  close(): Promise<void>
}

/** Sessions by key. */
export interface SessionStore {
  get(key: string): Promise<Session | undefined>
  /** Stores the session, or replaces it together with its time to live. */
  set(key: string, session: Session, options?: { ttl?: number }): Promise<void>
  /** Whether there was one. */
  delete(key: string): Promise<boolean>
}
