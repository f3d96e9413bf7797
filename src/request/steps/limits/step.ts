import { failure, textOf } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import { refuseUnanswered } from '../../answer/refuse-unanswered.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import type { QuotaVerdict, RateVerdict } from './counters.ts'
import { LimitReport } from './limit-headers.ts'
import { type Limits, type LimitsOptions, limitsOf, type Quota, type Rate, ratesFor } from './limits-of.ts'
import { refuseQuota, refuseRate } from './refuse-limit.ts'
import { definitionFields } from './schema.ts'
import { throttle } from './throttle.ts'

/** Counts the requests of a key against its rate and its quota. */
export const limits: StepKind = {
  key: 'limits',
  fields: { definition: definitionFields },

  read(source) {
    const fields = source.definition(definitionFields)
    if (!fields || source.keyless) return null
    const { disable_rate_limit: noRates, disable_quota: noQuotas } = fields
    if (noRates && noQuotas) return null
    return (tools) => [new LimitsStep(tools, { rates: !noRates, quotas: !noQuotas })]
  },
}

/** What is known of a session that came before: stored sessions are the same object as long as they are cached. */
interface Known {
  readonly limits: Limits
  readonly token: string
}

class LimitsStep implements Step {
  readonly name = 'rate and quota'
  readonly phase = 'limits'
  readonly #tools: StepTools
  readonly #options: Omit<LimitsOptions, 'key'>
  readonly #report: LimitReport
  readonly #known = new WeakMap<Session, Known>()

  constructor(tools: StepTools, parts: { rates: boolean; quotas: boolean }) {
    this.#tools = tools
    this.#options = { ...parts, apiId: tools.apiId, algorithm: tools.rateLimits.algorithm }
    this.#report = new LimitReport(tools.rateLimits.headers)
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { session } = exchange
    if (!session) return 'go-on'
    const limits = this.#of(session, exchange)
    if (limits.endpoints && exchange.rulePaths.crooked) {
      return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
    }
    return this.#take(exchange, limits, ratesFor(limits, exchange), 0)
  }

  #of(session: Session, exchange: Exchange): Limits {
    // A plugin may keep the session that it has set, and change it.
    if (exchange.pluginSession) return this.#read(session, exchange)
    let known = this.#known.get(session)
    if (known?.token !== exchange.token) {
      known = { limits: this.#read(session, exchange), token: exchange.token }
      this.#known.set(session, known)
    }
    return known.limits
  }

  #read(session: Session, { token, pluginSession }: Exchange): Limits {
    const { apiId, sessions } = this.#tools
    const stored = pluginSession ? pluginSession.origin : session
    const key = token === '' ? `anonymous-${apiId}` : sessions.storedKey(token, stored)
    return limitsOf(session, { ...this.#options, key })
  }

  /** Counts a request against each of its rates from number `at` on, and then its quota. */
  #take(exchange: Exchange, limits: Limits, rates: readonly Rate[], at: number): Verdict | Promise<Verdict> {
    for (let i = at; i < rates.length; i += 1) {
      const rate = rates[i] as Rate
      const verdict = this.#tools.counters.take(rate.name, rate.rule)
      if (verdict instanceof Promise || (!verdict.allowed && rate.throttle)) {
        return this.#settle(exchange, async () => {
          const tryAgain = () => this.#tools.counters.take(rate.name, rate.rule)
          const last = await throttle(exchange, rate, await verdict, tryAgain)
          return this.#isWithin(exchange, rate, last) ? await this.#take(exchange, limits, rates, i + 1) : 'done'
        })
      }
      if (!this.#isWithin(exchange, rate, verdict)) return 'done'
    }
    return limits.quota ? this.#spend(exchange, limits.quota) : 'go-on'
  }

  /** Tells the client of a rate; refuses a request that is over it. */
  #isWithin(exchange: Exchange, { rule }: Rate, verdict: RateVerdict): boolean {
    this.#report.rate(exchange, rule, verdict)
    if (verdict.allowed) return true
    this.#report.retryAfter(exchange, verdict.retryAfterMs)
    refuseRate(exchange, failure('rate_limit_exceeded', undefined))
    return false
  }

  #spend(exchange: Exchange, quota: Quota): Verdict | Promise<Verdict> {
    const verdict = this.#tools.counters.spend(quota.name, quota.rule)
    if (!(verdict instanceof Promise)) return this.#afterQuota(exchange, quota, verdict)
    return this.#settle(exchange, async () => this.#afterQuota(exchange, quota, await verdict))
  }

  #afterQuota(exchange: Exchange, { rule }: Quota, verdict: QuotaVerdict): Verdict {
    if (verdict.allowed) {
      this.#report.quota(exchange, rule, verdict)
      return 'go-on'
    }
    if (verdict.renewsAtMs > 0) this.#report.retryAfter(exchange, verdict.renewsAtMs - Date.now())
    return refuseQuota(exchange, failure('quota_exceeded', undefined))
  }

  /** Waits for what the store has to say; a store that fails lets nobody in. */
  async #settle(exchange: Exchange, run: () => Promise<Verdict>): Promise<Verdict> {
    try {
      return await run()
    } catch (cause) {
      return refuseUnanswered(exchange, failure('limits_unavailable', { reason: textOf(cause) }, cause))
    }
  }
}
