import { checkQuotaRule, checkRateRule } from '../check-rule.ts'
import type { Counters, QuotaRule, QuotaState, QuotaVerdict, RateRule, RateVerdict } from '../counters.ts'
import type { MemoryCounters } from '../memory/memory-counters.ts'
import type { OwedSpendings } from './owed-spendings.ts'
import type { StoreLink } from './store-link.ts'

export interface ProcessCountersOptions {
  /** Throws once the store is closed. */
  readonly link: () => StoreLink
  /** What this worker has let in. */
  readonly own: MemoryCounters
  readonly owed: OwedSpendings
  /** How many workers there are. */
  readonly workers: number
  readonly onOutage: 'allow' | 'deny'
}

/**
 * Counters in the process that has the store, exact for all workers. What this worker lets in it also counts for itself, and goes by
 * that while the store is away: it lets in its share of a rate, and of a quota what was left when it was last heard of.
 */
export class ProcessCounters implements Counters {
  readonly #options: ProcessCountersOptions

  constructor(options: ProcessCountersOptions) {
    this.#options = options
  }

  take(key: string, rule: RateRule): Promise<RateVerdict> {
    checkRateRule(rule)
    const link = this.#options.link()
    if (!link.isThere) return this.#takeAlone(key, rule)
    // A store that was away has forgotten what was let in before.
    if (performance.now() - link.returnedAt > rule.windowMs) return this.#takeShared(link, key, rule)
    const verdict = this.#takeShare(key, rule)
    return verdict.allowed ? this.#takeShared(link, key, rule, true) : Promise.resolve(verdict)
  }

  async reset(key: string): Promise<void> {
    const { link, own } = this.#options
    const opened = link()
    own.reset(key)
    await opened.call('resetRate', key)
  }

  spend(key: string, rule: QuotaRule): Promise<QuotaVerdict> {
    checkQuotaRule(rule)
    const { link, owed } = this.#options
    const opened = link()
    // What is owed is counted here alone as yet.
    return opened.isThere && !owed.has(key) ? this.#spendShared(opened, key, rule) : this.#spendAlone(key, rule)
  }

  async peekQuota(key: string): Promise<QuotaState | undefined> {
    const { link, owed, own } = this.#options
    const opened = link()
    if (owed.has(key)) return own.peekQuota(key)
    return (await opened.call('peekQuota', key)) ?? undefined
  }

  async resetQuota(key: string): Promise<void> {
    const { link, owed, own } = this.#options
    await link().call('resetQuota', key)
    owed.delete(key)
    own.resetQuota(key)
  }

  /** @param isCounted whether this worker has counted it for itself already */
  async #takeShared(link: StoreLink, key: string, rule: RateRule, isCounted = false): Promise<RateVerdict> {
    try {
      const verdict = await link.call('take', key, rule)
      if (verdict.allowed && !isCounted && rule.cost !== 0) this.#options.own.take(key, rule)
      return verdict
    } catch (error) {
      if (link.isThere) throw error
      return this.#takeAlone(key, rule, error)
    }
  }

  async #takeAlone(key: string, rule: RateRule, error: unknown = this.#options.link().away()): Promise<RateVerdict> {
    if (this.#options.onOutage === 'deny') throw error
    return this.#takeShare(key, rule)
  }

  #takeShare(key: string, rule: RateRule): RateVerdict {
    const { own, workers } = this.#options
    const share = Math.ceil(rule.limit / workers)
    return { ...own.take(key, { ...rule, limit: share }), limit: rule.limit }
  }

  async #spendShared(link: StoreLink, key: string, rule: QuotaRule): Promise<QuotaVerdict> {
    try {
      const verdict = await link.call('spend', key, rule)
      const { remaining, renewsAtMs } = verdict
      this.#options.own.restoreQuota(key, { used: Math.max(0, rule.max - remaining), renewsAtMs })
      return verdict
    } catch (error) {
      if (link.isThere) throw error
      return this.#spendAlone(key, rule, error)
    }
  }

  async #spendAlone(key: string, rule: QuotaRule, error: unknown = this.#options.link().away()): Promise<QuotaVerdict> {
    const { own, owed, onOutage } = this.#options
    if (onOutage === 'deny') throw error
    const before = own.peekQuota(key)?.used ?? 0
    const verdict = own.spend(key, rule)
    const { cost = 1 } = rule
    if (verdict.allowed && cost > 0) owed.add(key, cost, { used: before, renewsAtMs: verdict.renewsAtMs })
    return verdict
  }
}
