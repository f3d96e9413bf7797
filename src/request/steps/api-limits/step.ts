import { failure, textOf } from '../../../errors.ts'
import { refuseUnanswered } from '../../answer/refuse-unanswered.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type BoundEntry, BoundSet } from '../../rules/bound-set.ts'
import type { Counters, RateRule, RateVerdict } from '../limits/counters.ts'
import { LimitReport } from '../limits/limit-headers.ts'
import { rateRule } from '../limits/rate-rule.ts'
import { refuseRate } from '../limits/refuse-limit.ts'
import { readBound } from '../read-bound.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import { definitionFields, rateLimitEntry } from './schema.ts'

/** A rate of the API or of some of its paths. */
interface ApiRate {
  readonly rate: number
  readonly per: number
  /** What tells it apart from the API's other rates; '' for the one of the whole API. */
  readonly name: string
}

/** Counts all requests of an API, whoever calls, against a rate. */
export const apiLimits: StepKind = {
  key: 'api-limits',
  fields: { definition: definitionFields, extendedPaths: { rate_limit: rateLimitEntry } },

  read(source) {
    const all = source.definition(definitionFields)?.global_rate_limit
    const rules: BoundEntry<ApiRate>[] = []
    for (const { entry, path } of source.section('rate_limit', rateLimitEntry)) {
      const { rate, per, method } = entry
      const bound = readBound(source, entry, path)
      if (bound) rules.push({ ...bound, value: { rate, per, name: `-${method}-${entry.path}` } })
      checkPair(rate, per, (field, text) => source.problem([...path, field], text))
    }
    if (all && !all.disabled) checkPair(all.rate, all.per, (field, text) => source.problem(['global_rate_limit', field], text))
    const ofApi = all && !all.disabled && all.rate > 0 ? { rate: all.rate, per: all.per, name: '' } : null
    if (!ofApi && rules.length === 0) return null
    return (tools) => [new ApiLimitsStep(tools, ofApi, rules)]
  },
}

/** A rate without a time means nothing. */
function checkPair(rate: number, per: number, problem: (field: 'rate' | 'per', text: string) => void): void {
  if (rate > 0 && per === 0) problem('per', `expected seconds greater than 0 for a rate of ${rate}, found 0`)
}

/** A rate as it is counted. */
interface CountedRate {
  /** null lets everyone in. */
  readonly rule: RateRule | null
  readonly key: string
}

class ApiLimitsStep implements Step {
  readonly name = 'API rate'
  readonly phase = 'api_limits'
  readonly #counters: Counters
  readonly #ofApi: CountedRate | null
  readonly #rules: BoundSet<CountedRate>
  readonly #report: LimitReport

  constructor({ counters, rateLimits, orgId, apiId }: StepTools, ofApi: ApiRate | null, rules: readonly BoundEntry<ApiRate>[]) {
    const counted = ({ rate, per, name }: ApiRate): CountedRate => ({
      rule: rateRule(rate, per, rateLimits.algorithm),
      key: `apilimiter-${orgId}${apiId}${name}`,
    })
    this.#counters = counters
    this.#ofApi = ofApi && counted(ofApi)
    this.#rules = new BoundSet(rules.map(({ value, ...bound }) => ({ ...bound, value: counted(value) })))
    this.#report = new LimitReport(rateLimits.headers)
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    if (this.#rules.empty) return this.#take(exchange, [this.#ofApi])
    if (exchange.rulePaths.crooked) return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
    return this.#take(
      exchange,
      this.#rules.of(exchange).map((rate) => rate ?? this.#ofApi),
    )
  }

  /** Counts a request against each of the rates; nearly always there is one. */
  #take(exchange: Exchange, [rate, ...others]: readonly (CountedRate | null | undefined)[]): Verdict | Promise<Verdict> {
    if (!rate?.rule) return others.length > 0 ? this.#take(exchange, others) : 'go-on'
    const verdict = this.#counters.take(rate.key, rate.rule)
    if (!(verdict instanceof Promise)) return this.#conclude(exchange, verdict, others)
    return verdict
      .then((ready) => this.#conclude(exchange, ready, others))
      .catch((cause) => refuseUnanswered(exchange, failure('limits_unavailable', { reason: textOf(cause) }, cause)))
  }

  #conclude(
    exchange: Exchange,
    { allowed, retryAfterMs }: RateVerdict,
    others: readonly (CountedRate | null | undefined)[],
  ): Verdict | Promise<Verdict> {
    if (allowed) return others.length > 0 ? this.#take(exchange, others) : 'go-on'
    this.#report.retryAfter(exchange, retryAfterMs)
    return refuseRate(exchange, failure('api_rate_limit_exceeded', undefined))
  }
}
