import type { Session } from '../plugin/contract/session.ts'
import { type Recent, RecentEntries } from '../request/credentials/recent-entries.ts'

/** What is known of a key. */
export interface KnownKey {
  /** null: there is no such key. */
  readonly session: Session | null
  /** What it is stored under. */
  readonly stored: string
  /** Everything that it may be stored under. A change of any of them makes the entry void. */
  readonly candidates: readonly string[]
}

interface Entry extends KnownKey, Recent {}

export interface SessionCacheOptions {
  /** How long a session is kept, in milliseconds; 0: not at all. */
  readonly timeoutMs: number
  /** How many sessions are kept. */
  readonly most: number
}

/** Unknown keys are asked for by whoever guesses: they are forgotten soon, and take no room from others. */
const UNKNOWN_MS = 1000
const MOST_UNKNOWN = 1000

/** Sessions that were found lately, and keys that were not. */
export class SessionCache {
  readonly #timeoutMs: number
  readonly #known: RecentEntries<Entry>
  readonly #unknown: RecentEntries<Entry>
  /** By what is stored: the names of the entries that depend on it. */
  readonly #dependants = new Map<string, Set<string>>()

  constructor({ timeoutMs, most }: SessionCacheOptions) {
    const forget = (name: string, entry: Entry) => this.#forget(name, entry)
    this.#timeoutMs = timeoutMs
    this.#known = new RecentEntries(Math.max(1, most), forget)
    this.#unknown = new RecentEntries(MOST_UNKNOWN, forget)
  }

  get(name: string): KnownKey | undefined {
    const now = Date.now()
    return this.#known.get(name, now) ?? this.#unknown.get(name, now)
  }

  put(name: string, key: KnownKey): void {
    if (this.#timeoutMs === 0) return
    const entries = key.session ? this.#known : this.#unknown
    const until = Date.now() + (key.session ? this.#timeoutMs : Math.min(UNKNOWN_MS, this.#timeoutMs))
    this.#known.delete(name)
    this.#unknown.delete(name)
    entries.set(name, { ...key, until, used: false })
    for (const stored of key.candidates) {
      const names = this.#dependants.get(stored) ?? new Set()
      this.#dependants.set(stored, names.add(name))
    }
  }

  /** Drops what depends on one stored key. */
  drop(stored: string): void {
    for (const name of [...(this.#dependants.get(stored) ?? [])]) {
      this.#known.delete(name)
      this.#unknown.delete(name)
    }
  }

  clear(): void {
    this.#known.clear()
    this.#unknown.clear()
  }

  #forget(name: string, { candidates }: Entry): void {
    for (const stored of candidates) {
      const names = this.#dependants.get(stored)
      names?.delete(name)
      if (names?.size === 0) this.#dependants.delete(stored)
    }
  }
}
