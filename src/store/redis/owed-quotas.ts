import { isFailure } from '../../errors.ts'
import type { MemoryCounters } from '../memory/memory-counters.ts'
import type { RedisLink } from './redis-link.ts'
import type { RedisLosses } from './redis-losses.ts'
import { oweQuota } from './scripts.ts'

/** Of more keys what they spend is not written down, so that memory is bounded. */
const MOST_KEYS = 100_000
const BATCH = 100

export interface OwedQuotasOptions {
  readonly link: RedisLink
  /** What this gateway has counted. */
  readonly counters: MemoryCounters
  readonly losses: RedisLosses
  readonly clock: () => number
  /** The time that scripts are given; '' for Redis' own. */
  readonly now: () => number | ''
}

/** What was spent of quotas while Redis was away, to be counted there when it is back. */
export class OwedQuotas {
  readonly #options: OwedQuotasOptions
  readonly #owed = new Map<string, number>()
  readonly #paying = new Set<string>()

  constructor(options: OwedQuotasOptions) {
    this.#options = options
  }

  /** Of how many keys something is owed. */
  get size(): number {
    return this.#owed.size + this.#paying.size
  }

  has(key: string): boolean {
    return this.#owed.has(key) || this.#paying.has(key)
  }

  add(key: string, cost: number): void {
    const owed = this.#owed.get(key)
    if (owed === undefined && this.#owed.size >= MOST_KEYS) this.#options.losses.count(undefined)
    else this.#owed.set(key, (owed ?? 0) + cost)
  }

  delete(key: string): void {
    this.#owed.delete(key)
  }

  /** Writes what is owed, as long as Redis is there. */
  async pay(): Promise<void> {
    while (this.#owed.size > 0 && this.#options.link.isThere) {
      const batch = [...this.#owed.entries().take(BATCH)]
      await Promise.all(batch.map(([key, cost]) => this.#payOne(key, cost)))
    }
  }

  async #payOne(key: string, cost: number): Promise<void> {
    const { link, counters, losses, clock, now } = this.#options
    this.#owed.delete(key)
    const state = counters.peekQuota(key, clock())
    if (state === undefined) return
    this.#paying.add(key)
    try {
      const args = [cost, state.used, state.renewsAtMs, now()]
      await link.run((connection) => oweQuota.run(connection, key, args))
    } catch (error) {
      if (isFailure(error, 'store_away')) this.add(key, cost)
      else losses.count(error)
    } finally {
      this.#paying.delete(key)
    }
  }
}
