import { isFailure } from '../../errors.ts'
import type { QuotaState } from '../counters.ts'
import type { StoreLink } from './store-link.ts'

/** Of more keys what they spend is not written down, so that memory is bounded. */
const MOST_KEYS = 100_000

interface Owed {
  readonly cost: number
  /** What was used before. */
  readonly state: QuotaState
}

export interface OwedSpendingsOptions {
  readonly link: StoreLink
  /** What is owed cannot be counted any more. */
  readonly onLost: () => void
}

/** What was spent of quotas while the store was away, to be counted there when it is back. */
export class OwedSpendings {
  readonly #options: OwedSpendingsOptions
  readonly #owed = new Map<string, Owed>()
  readonly #paying = new Set<string>()

  constructor(options: OwedSpendingsOptions) {
    this.#options = options
  }

  has(key: string): boolean {
    return this.#owed.size > 0 || this.#paying.size > 0 ? this.#owed.has(key) || this.#paying.has(key) : false
  }

  /** @param state what was used before, should there be no debt yet */
  add(key: string, cost: number, state: QuotaState): void {
    const owed = this.#owed.get(key)
    if (owed) this.#owed.set(key, { ...owed, cost: owed.cost + cost })
    else if (this.#owed.size < MOST_KEYS) this.#owed.set(key, { cost, state })
    else this.#options.onLost()
  }

  delete(key: string): void {
    this.#owed.delete(key)
  }

  /** Counts what is owed, as long as the store is there. */
  async pay(): Promise<void> {
    while (this.#owed.size > 0 && this.#options.link.isThere) {
      const batch = [...this.#owed.entries().take(100)]
      await Promise.all(batch.map(([key, owed]) => this.#payOne(key, owed)))
    }
  }

  async #payOne(key: string, { cost, state }: Owed): Promise<void> {
    const { link, onLost } = this.#options
    this.#owed.delete(key)
    this.#paying.add(key)
    try {
      await link.call('oweQuota', key, cost, state)
    } catch (error) {
      if (isFailure(error, 'store_away')) this.add(key, cost, state)
      else onLost()
    } finally {
      this.#paying.delete(key)
    }
  }
}
