/**
 * Bytes that may be lost: what does not fit is dropped, the longest unused first. A namespace is an API's.
 *
 * Bytes are not copied where the store is in memory: neither who has stored them nor who reads them may change them.
 */
export interface CacheStore {
  get(namespace: string, key: string): Buffer | undefined | Promise<Buffer | undefined>

  /** Stores bytes, or replaces them. What is larger than the whole cache is not stored, and what it was to replace is dropped. */
  set(namespace: string, key: string, value: Buffer, options?: { ttl?: number }): void | Promise<void>

  /** Whether there was an entry. */
  delete(namespace: string, key: string): boolean | Promise<boolean>

  /** Drops every entry of a namespace. */
  clear(namespace: string): void | Promise<void>
}
