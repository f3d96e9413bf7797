import { expiryOf } from '../expiry.ts'
import { Sweep } from './sweep.ts'

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
  readonly #sweep: Sweep<string, Entry>

  constructor(clock: () => number) {
    this.#clock = clock
    this.#sweep = new Sweep(this.#entries, ({ expiresAt }) => expiresAt <= clock())
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): string | undefined {
    return this.#live(key)?.text
  }

  set(key: string, text: string, ttl?: number): void {
    this.#entries.set(key, { text, expiresAt: expiryOf(key, ttl, this.#clock) })
  }

  /** Replaces an entry's text but not its time to live; `ttl` counts where there is none yet. */
  update(key: string, ttl: number | undefined, change: (text: string | undefined) => string): string {
    const expiry = expiryOf(key, ttl, this.#clock)
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

  /** The keys that begin with `prefix`. */
  keys(prefix: string): string[] {
    const now = this.#clock()
    const keys: string[] = []
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt > now && key.startsWith(prefix)) keys.push(key)
    return keys
  }

  clear(): void {
    this.#entries.clear()
  }

  /** Drops some of what has expired; see {@link Sweep}. */
  sweep(limit?: number): void {
    this.#sweep.go(limit)
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.expiresAt > this.#clock()) return entry
    this.#entries.delete(key)
    return undefined
  }
}
