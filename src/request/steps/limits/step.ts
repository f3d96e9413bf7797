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
  /** What it is counted under, without kind and scope. */
  readonly key: string
}

/** What follows once a request is within a rate. */
type GoOn = () => Verdict | Promise<Verdict>

class LimitsStep implements Step {
  readonly name = 'rate and quota'
  readonly phase = 'limits'
  readonly #tools: StepTools
  readonly #options: LimitsOptions
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
    const known = this.#of(session, exchange)
    if (known.limits.endpoints && exchange.rulePaths.crooked) {
      return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
    }
    return this.#takeEach(exchange, known, ratesFor(known.limits, exchange))
  }

  /** Counts a request against each of its rates, and then its quota. */
  #takeEach(exchange: Exchange, known: Known, [rate, ...others]: readonly Rate[]): Verdict | Promise<Verdict> {
    if (!rate) return this.#spend(exchange, known)
    const verdict = this.#take(known, rate)
    const goOn = () => this.#takeEach(exchange, known, others)
    if (verdict instanceof Promise)
      return this.#later(exchange, verdict, (ready) => this.#afterRate(exchange, known, rate, ready, goOn))
    return this.#afterRate(exchange, known, rate, verdict, goOn)
  }

  #of(session: Session, exchange: Exchange): Known {
    // A plugin may keep the session that it has set, and change it.
    if (exchange.pluginSession) return this.#read(session, exchange)
    let known = this.#known.get(session)
    if (known?.token !== exchange.token) {
      known = this.#read(session, exchange)
      this.#known.set(session, known)
    }
    return known
  }

  #read(session: Session, { token, pluginSession }: Exchange): Known {
    const { apiId, sessions } = this.#tools
    const stored = pluginSession ? pluginSession.origin : session
    const key = token === '' ? `anonymous-${apiId}` : sessions.storedKey(token, stored)
    return { limits: limitsOf(session, this.#options), token, key }
  }

  #take({ key }: Known, { rule, scope }: Rate): RateVerdict | Promise<RateVerdict> {
    return this.#tools.counters.take(named('rate-limit', scope, key), rule)
  }

  #afterRate(exchange: Exchange, known: Known, rate: Rate, verdict: RateVerdict, goOn: GoOn): Verdict | Promise<Verdict> {
    if (!verdict.allowed && rate.throttle) {
      const tried = throttle(exchange, rate, verdict, () => this.#take(known, rate))
      return this.#later(exchange, tried, (last) => this.#concludeRate(exchange, rate, last, goOn))
    }
    return this.#concludeRate(exchange, rate, verdict, goOn)
  }

  #concludeRate(exchange: Exchange, { rule }: Rate, verdict: RateVerdict, goOn: GoOn): Verdict | Promise<Verdict> {
    this.#report.rate(exchange, rule, verdict, Date.now())
    if (verdict.allowed) return goOn()
    this.#report.retryAfter(exchange, verdict.retryAfterMs)
    return refuseRate(exchange, failure('rate_limit_exceeded', undefined))
  }

  #spend(exchange: Exchange, { limits: { quota }, key }: Known): Verdict | Promise<Verdict> {
    if (!quota) return 'go-on'
    const verdict = this.#tools.counters.spend(named('quota', quota.scope, key), quota.rule)
    if (verdict instanceof Promise) return this.#later(exchange, verdict, (ready) => this.#afterQuota(exchange, quota, ready))
    return this.#afterQuota(exchange, quota, verdict)
  }

  #afterQuota(exchange: Exchange, { rule }: Quota, verdict: QuotaVerdict): Verdict {
    const now = Date.now()
    if (verdict.allowed) {
      this.#report.quota(exchange, rule, verdict, now)
      return 'go-on'
    }
    if (verdict.renewsAtMs > 0) this.#report.retryAfter(exchange, verdict.renewsAtMs - now)
    return refuseQuota(exchange, failure('quota_exceeded', undefined))
  }

  /** Goes on with what the store has to say; a store that fails lets nobody in. */
  async #later<T>(exchange: Exchange, verdict: Promise<T>, goOn: (ready: T) => Verdict | Promise<Verdict>): Promise<Verdict> {
    try {
      return await goOn(await verdict)
    } catch (cause) {
      return refuseUnanswered(exchange, failure('limits_unavailable', { reason: textOf(cause) }, cause))
    }
  }
}

/** What something is counted under, as in the reference: `quota-<scope>-<key>`. */
export function named(kind: 'rate-limit' | 'quota', scope: string, key: string): string {
  return scope === '' ? `${kind}-${key}` : `${kind}-${scope}-${key}`
}
