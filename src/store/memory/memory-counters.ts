import { checkQuotaRule, checkRateRule } from '../check-rule.ts'
import type { Counters, QuotaRule, QuotaState, QuotaVerdict, RateAlgorithm, RateRule, RateVerdict } from '../counters.ts'
import { QuotaWindow } from './quota-window.ts'
import { FixedWindow } from './rates/fixed-window.ts'
import type { Rate } from './rates/rate.ts'
import { SlidingLog } from './rates/sliding-log.ts'
import { TokenBucket } from './rates/token-bucket.ts'
import { Sweep } from './sweep.ts'

const rateOf: Record<RateAlgorithm, () => Rate> = {
  'sliding-window': () => new SlidingLog(),
  'token-bucket': () => new TokenBucket(),
  'fixed-window': () => new FixedWindow(),
}

/** Counters of this process. Every answer is given at once: the path of a request waits for nothing. */
export class MemoryCounters implements Counters {
  readonly #clock: () => number
  readonly #spent: Set<string> | undefined
  readonly #rates = new Map<string, Rate>()
  readonly #quotas = new Map<string, QuotaWindow>()
  readonly #sweeps: readonly { go(limit?: number): void }[]

  /**
   * @param clock the time in Unix milliseconds
   * @param spent receives the keys of quotas that were spent from
   */
  constructor(clock: () => number, spent?: Set<string>) {
    this.#clock = clock
    this.#spent = spent
    this.#sweeps = [
      new Sweep(this.#rates, (rate) => rate.isOver(clock())),
      new Sweep(this.#quotas, (quota) => quota.isOver(clock())),
    ]
  }

  /** How many keys something is counted for. */
  get size(): number {
    return this.#rates.size + this.#quotas.size
  }

  take(key: string, rule: RateRule, now = this.#clock()): RateVerdict {
    checkRateRule(rule)
    let rate = this.#rates.get(key)
    if (rate?.algorithm !== rule.algorithm) {
      rate = rateOf[rule.algorithm]()
      this.#rates.set(key, rate)
    }
    return rate.take(rule, now)
  }

  reset(key: string): void {
    this.#rates.delete(key)
  }

  spend(key: string, rule: QuotaRule, now = this.#clock()): QuotaVerdict {
    checkQuotaRule(rule)
    let quota = this.#quotas.get(key)
    if (quota === undefined) {
      quota = new QuotaWindow()
      this.#quotas.set(key, quota)
    }
    const verdict = quota.spend(rule, now)
    if (verdict.allowed) this.#spent?.add(key)
    return verdict
  }

  /** Takes up a window that another process has begun. */
  restoreQuota(key: string, state: QuotaState): void {
    this.#quotas.set(key, new QuotaWindow(state))
  }

  peekQuota(key: string, now = this.#clock()): QuotaState | undefined {
    const quota = this.#quotas.get(key)
    return quota === undefined || quota.isOver(now) ? undefined : quota.state
  }

  resetQuota(key: string): void {
    this.#quotas.delete(key)
  }

  /** Drops some of what no longer matters; see {@link Sweep}. */
  sweep(limit?: number): void {
    for (const sweep of this.#sweeps) sweep.go(limit)
  }

  clear(): void {
    this.#rates.clear()
    this.#quotas.clear()
  }
}
