import type { CacheStore } from '../cache-store.ts'
import { expiryOf } from '../expiry.ts'
import { BoundedEntries, type BoundedEntriesOptions } from './bounded-entries.ts'

/** A cache of this process. Every answer is given at once. */
export class MemoryCache implements CacheStore {
  readonly #entries: BoundedEntries<Buffer>
  readonly #clock: () => number

  constructor(options: BoundedEntriesOptions) {
    this.#entries = new BoundedEntries(options)
    this.#clock = options.clock
  }

  /** What the entries take together. */
  get bytes(): number {
    return this.#entries.bytes
  }

  get(namespace: string, key: string): Buffer | undefined {
    return this.#entries.get(spaceOf(namespace) + key)
  }

  set(namespace: string, key: string, value: Buffer, { ttl }: { ttl?: number } = {}): void {
    this.#entries.set(spaceOf(namespace) + key, value, value.length, expiryOf(key, ttl, this.#clock))
  }

  delete(namespace: string, key: string): boolean {
    return this.#entries.delete(spaceOf(namespace) + key)
  }

  clear(namespace: string): void {
    this.#entries.clear(spaceOf(namespace))
  }

  clearAll(): void {
    this.#entries.clear()
  }

  sweep(limit?: number): void {
    this.#entries.sweep(limit)
  }
}

/** With the length first, no choice of names leads from one namespace into another. */
function spaceOf(namespace: string): string {
  return `${namespace.length}:${namespace}`
}
