import { failure, textOf } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import { refuseUnanswered } from '../../answer/refuse-unanswered.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { Counters, RateRule, RateVerdict } from '../limits/counters.ts'
import { LimitReport } from '../limits/limit-headers.ts'
import { rateRule } from '../limits/rate-rule.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
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
    const rules: RuleEntry<ApiRate>[] = []
    for (const { entry, path } of source.section('rate_limit', rateLimitEntry)) {
      const { rate, per, method } = entry
      const rule = source.rule(entry.path, [...path, 'path'])
      if (rule) rules.push({ rule, method, value: { rate, per, name: `-${method}-${entry.path}` } })
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
  readonly #rules: RuleSet<CountedRate>
  readonly #report: LimitReport

  constructor({ counters, rateLimits, orgId, apiId }: StepTools, ofApi: ApiRate | null, rules: readonly RuleEntry<ApiRate>[]) {
    const counted = ({ rate, per, name }: ApiRate): CountedRate => ({
      rule: rateRule(rate, per, rateLimits.algorithm),
      key: `apilimiter-${orgId}${apiId}${name}`,
    })
    this.#counters = counters
    this.#ofApi = ofApi && counted(ofApi)
    this.#rules = new RuleSet(rules.map(({ rule, method, value }) => ({ rule, method, value: counted(value) })))
    this.#report = new LimitReport(rateLimits.headers)
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const rate = this.#rules.first(exchange) ?? this.#ofApi
    if (!rate?.rule) return 'go-on'
    const verdict = this.#counters.take(rate.key, rate.rule)
    if (!(verdict instanceof Promise)) return this.#conclude(exchange, verdict)
    return verdict
      .then((ready) => this.#conclude(exchange, ready))
      .catch((cause) => refuseUnanswered(exchange, failure('limits_unavailable', { reason: textOf(cause) }, cause)))
  }

  #conclude(exchange: Exchange, { allowed, retryAfterMs }: RateVerdict): Verdict {
    if (allowed) return 'go-on'
    this.#report.retryAfter(exchange, retryAfterMs)
    return refuse(exchange, failure('api_rate_limit_exceeded', undefined))
  }
}
