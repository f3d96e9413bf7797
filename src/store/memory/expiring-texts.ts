import { failure } from '../../errors.ts'

interface Entry {
  readonly text: string
  /** Milliseconds of the clock. */
  readonly expiresAt: number
}

/**
 * Texts by key, each with an optional time to live. An expired entry is dropped by whoever meets it: a reader, or
 * {@link sweep}, without which entries that nobody asks for again would stay for ever.
 */
export class ExpiringTexts {
  readonly #entries = new Map<string, Entry>()
  readonly #clock: () => number
  #unswept: Iterator<[string, Entry]> = this.#entries.entries()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): string | undefined {
    return this.#live(key)?.text
  }

  set(key: string, text: string, ttl?: number): void {
    this.#entries.set(key, { text, expiresAt: this.#expiry(key, ttl) })
  }

  /** Replaces an entry's text but not its time to live; `ttl` counts where there is none yet. */
  update(key: string, ttl: number | undefined, change: (text: string | undefined) => string): string {
    const expiry = this.#expiry(key, ttl)
    const entry = this.#live(key)
    const text = change(entry?.text)
    this.#entries.set(key, { text, expiresAt: entry?.expiresAt ?? expiry })
    return text
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    const found = this.#live(key) !== undefined
    this.#entries.delete(key)
    return found
  }

  clear(): void {
    this.#entries.clear()
  }

  /** Looks at up to `limit` entries, going on where the last sweep stopped, so that one call never takes long. */
  sweep(limit: number): void {
    const now = this.#clock()
    for (let looked = 0; looked < limit; looked++) {
      const { done, value } = this.#unswept.next()
      if (done) {
        this.#unswept = this.#entries.entries()
        return
      }
      const [key, { expiresAt }] = value
      if (expiresAt <= now) this.#entries.delete(key)
    }
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.expiresAt > this.#clock()) return entry
    this.#entries.delete(key)
    return undefined
  }

  #expiry(key: string, ttl: number | undefined): number {
    if (ttl === undefined) return Number.POSITIVE_INFINITY
    if (Number.isFinite(ttl) && ttl > 0) return this.#clock() + ttl * 1000
    throw failure('store_ttl_invalid', { key, ttl })
  }
}
