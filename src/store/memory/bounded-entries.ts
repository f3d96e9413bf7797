import { Sweep } from './sweep.ts'

interface Entry<Value> {
  readonly value: Value
  readonly size: number
  /** Milliseconds of the clock. */
  readonly expiresAt: number
}

/** What an entry costs beside its value and its id: the map's share, the objects. Measured at some 200 bytes. */
const OVERHEAD = 200

export interface BoundedEntriesOptions {
  /** What all entries may take together, in bytes, ids and book-keeping included. */
  readonly maxBytes: number
  /** The time in milliseconds. */
  readonly clock: () => number
}

/**
 * Entries that may be lost: what does not fit is dropped, the longest unused first. A map is in the order of insertion, and
 * what is read is put in anew.
 */
export class BoundedEntries<Value> {
  readonly #maxBytes: number
  readonly #clock: () => number
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #sweep: Sweep<string, Entry<Value>>
  #bytes = 0

  constructor({ maxBytes, clock }: BoundedEntriesOptions) {
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

  get(id: string): Value | undefined {
    const entry = this.#live(id)
    if (entry === undefined) return undefined
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    return entry.value
  }

  /** @param length of the value, in bytes */
  set(id: string, value: Value, length: number, expiresAt: number): void {
    this.#drop(id)
    const size = length + id.length + OVERHEAD
    if (size > this.#maxBytes) return
    this.#entries.set(id, { value, size, expiresAt })
    this.#bytes += size
    this.#evict()
  }

  /** Whether there was one. */
  delete(id: string): boolean {
    const found = this.#live(id) !== undefined
    this.#drop(id)
    return found
  }

  /** Drops every entry whose id begins so. */
  clear(prefix = ''): void {
    for (const id of this.#entries.keys()) if (id.startsWith(prefix)) this.#drop(id)
  }

  /** Drops some of what has expired; see {@link Sweep}. */
  sweep(limit?: number): void {
    this.#sweep.go(limit)
  }

  #live(id: string): Entry<Value> | undefined {
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
