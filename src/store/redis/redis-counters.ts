import { checkQuotaRule, checkRateRule } from '../check-rule.ts'
import type { Counters, QuotaRule, QuotaState, QuotaVerdict, RateAlgorithm, RateRule, RateVerdict } from '../counters.ts'
import type { MemoryCounters } from '../memory/memory-counters.ts'
import type { Fleet } from './fleet.ts'
import type { OwedQuotas } from './owed-quotas.ts'
import type { RedisLink } from './redis-link.ts'
import type { RedisLosses } from './redis-losses.ts'
import type { Script } from './script.ts'
import { fixedWindow, peekQuota, slidingWindow, spendQuota, tokenBucket } from './scripts.ts'

/** Each algorithm has a key of its own: what the classic gateway has under the bare name is in another form. */
const rates: Record<RateAlgorithm, { readonly suffix: string; readonly script: Script }> = {
  'sliding-window': { suffix: '.window', script: slidingWindow },
  'token-bucket': { suffix: '.bucket', script: tokenBucket },
  'fixed-window': { suffix: '.fixed', script: fixedWindow },
}

export interface RedisCountersOptions {
  /** Throws once the store is closed. */
  readonly link: () => RedisLink
  /** What this gateway has let in. */
  readonly own: MemoryCounters
  readonly owed: OwedQuotas
  readonly fleet: Fleet
  readonly losses: RedisLosses
  readonly onOutage: 'allow' | 'deny'
  /** The time that scripts are given; '' for Redis' own. */
  readonly now: () => number | ''
}

/**
 * Counters in Redis, exact for all gateways. What this gateway lets in it also counts for itself, and goes by that while Redis is
 * away: it lets in its share of a rate, and of a quota what was left when Redis was last heard of.
 */
export class RedisCounters implements Counters {
  readonly #options: RedisCountersOptions

  constructor(options: RedisCountersOptions) {
    this.#options = options
  }

  take(key: string, rule: RateRule, now?: number): RateVerdict | Promise<RateVerdict> {
    checkRateRule(rule)
    const { link, own } = this.#options
    const opened = link()
    if (!opened.isThere) return this.#takeAlone(key, rule, now)
    // Redis knows nothing of what was let in while it was away, and may have forgotten what was before.
    if (performance.now() - opened.returnedAt > rule.windowMs) return this.#takeShared(key, rule, now)
    const verdict = own.take(key, rule, now)
    return verdict.allowed ? this.#takeShared(key, rule, now, true) : verdict
  }

  async reset(key: string): Promise<void> {
    const { link, own } = this.#options
    own.reset(key)
    const names = Object.values(rates).map(({ suffix }) => key + suffix)
    await link().run((connection) => Promise.all(names.map((name) => connection.send(name, ['UNLINK', name]))))
  }

  spend(key: string, rule: QuotaRule, now?: number): QuotaVerdict | Promise<QuotaVerdict> {
    checkQuotaRule(rule)
    const { link, owed } = this.#options
    // What is owed is counted here alone as yet.
    return link().isThere && !owed.has(key) ? this.#spendShared(key, rule, now) : this.#spendAlone(key, rule, now)
  }

  async peekQuota(key: string, now?: number): Promise<QuotaState | undefined> {
    const { link, owed, own } = this.#options
    const opened = link()
    if (owed.has(key)) return own.peekQuota(key, now)
    const answer = await opened.run((connection) => peekQuota.run(connection, key, [this.#options.now()]))
    if (answer === null) return undefined
    const [used, renewsAtMs] = answer as [number, number]
    return { used, renewsAtMs }
  }

  async resetQuota(key: string): Promise<void> {
    const { link, owed, own } = this.#options
    await link().run((connection) => connection.send(key, ['DEL', key]))
    owed.delete(key)
    own.resetQuota(key)
  }

  /** @param isCounted whether this gateway has counted it for itself already */
  async #takeShared(key: string, rule: RateRule, now?: number, isCounted = false): Promise<RateVerdict> {
    const { link, own, losses } = this.#options
    const { limit, windowMs, cost = 1 } = rule
    const { suffix, script } = rates[rule.algorithm]
    const args = [limit, windowMs, cost, this.#options.now()]
    try {
      const answer = await link().run((connection) => script.run(connection, key + suffix, args))
      const [allowed, remaining, resetMs, retryAfterMs] = answer as [number, number, number, number]
      if (allowed === 1 && cost > 0 && !isCounted) own.take(key, rule, now)
      return { allowed: allowed === 1, limit, remaining, resetMs, retryAfterMs }
    } catch (error) {
      losses.note(error)
      return this.#takeAlone(key, rule, now, error)
    }
  }

  #takeAlone(key: string, rule: RateRule, now?: number, error?: unknown): RateVerdict | Promise<RateVerdict> {
    const { link, own, fleet, onOutage } = this.#options
    if (onOutage === 'deny') return Promise.reject(error ?? link().away())
    const share = Math.ceil(rule.limit / fleet.size)
    return { ...own.take(key, { ...rule, limit: share }, now), limit: rule.limit }
  }

  async #spendShared(key: string, rule: QuotaRule, now?: number): Promise<QuotaVerdict> {
    const { link, own, losses } = this.#options
    const args = [rule.max, rule.renewalMs, rule.cost ?? 1, this.#options.now()]
    try {
      const answer = await link().run((connection) => spendQuota.run(connection, key, args))
      const [allowed, remaining, renewsAtMs, used] = answer as [number, number, number, number]
      if (used > 0) own.restoreQuota(key, { used, renewsAtMs })
      return { allowed: allowed === 1, remaining, renewsAtMs }
    } catch (error) {
      losses.note(error)
      return this.#spendAlone(key, rule, now, error)
    }
  }

  #spendAlone(key: string, rule: QuotaRule, now?: number, error?: unknown): QuotaVerdict | Promise<QuotaVerdict> {
    const { link, own, owed, onOutage } = this.#options
    if (onOutage === 'deny') return Promise.reject(error ?? link().away())
    const verdict = own.spend(key, rule, now)
    const { cost = 1 } = rule
    if (verdict.allowed && cost > 0) owed.add(key, cost)
    return verdict
  }
}
