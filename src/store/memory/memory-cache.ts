import type { CacheStore } from '../cache-store.ts'
import { expiryOf } from '../expiry.ts'
import { Sweep } from './sweep.ts'

interface Entry {
  readonly namespace: string
  readonly value: Buffer
  readonly size: number
  /** Milliseconds of the clock. */
  readonly expiresAt: number
}

/** What an entry costs beside its bytes: the map's share, the objects. Measured at some 200 bytes. */
const OVERHEAD = 200

export interface MemoryCacheOptions {
  /** What all entries may take together, in bytes, keys and book-keeping included. */
  readonly maxBytes: number
  readonly clock: () => number
}

/** A map is in the order of insertion: what is read is put in anew, so the longest unused comes first. */
export class MemoryCache implements CacheStore {
  readonly #maxBytes: number
  readonly #clock: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #sweep: Sweep<string, Entry>
  #bytes = 0

  constructor({ maxBytes, clock }: MemoryCacheOptions) {
    this.#maxBytes = maxBytes
    this.#clock = clock
    this.#sweep = new Sweep(
      this.#entries,
      ({ expiresAt }) => expiresAt <= clock(),
      (id) => this.#drop(id),
    )
  }

  /** What the entries take together. */
  get bytes(): number {
    return this.#bytes
  }

  get(namespace: string, key: string): Buffer | undefined {
    const id = idOf(namespace, key)
    const entry = this.#live(id)
    if (entry === undefined) return undefined
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry.value
  }

  set(namespace: string, key: string, value: Buffer, { ttl }: { ttl?: number } = {}): void {
    const expiresAt = expiryOf(key, ttl, this.#clock)
    const id = idOf(namespace, key)
    this.#drop(id)
    const size = value.length + id.length + OVERHEAD
    if (size > this.#maxBytes) return
    this.#entries.set(id, { namespace, value, size, expiresAt })
    this.#bytes += size
    this.#evict()
  }

  delete(namespace: string, key: string): boolean {
    const id = idOf(namespace, key)
    const found = this.#live(id) !== undefined
    this.#drop(id)
    return found
  }

  clear(namespace: string): void {
    for (const [id, entry] of this.#entries) if (entry.namespace === namespace) this.#drop(id)
  }

  clearAll(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  /** Drops some of what has expired; see {@link Sweep}. */
  sweep(limit?: number): void {
    this.#sweep.go(limit)
  }

  #live(id: string): Entry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.expiresAt > this.#clock()) return entry
    this.#drop(id)
    return undefined
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#bytes -= entry.size
  }

  #evict(): void {
    for (const id of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(id)
    }
  }
}

/** With the length first, no choice of names leads from one namespace into another. */
function idOf(namespace: string, key: string): string {
  return `${namespace.length}:${namespace}${key}`
}
