import type * as z from 'zod'
import { failure } from '../../../errors.ts'
import type { Logger } from '../../../log.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { PathRule } from '../../rules/path-rule.ts'
import { RuleSet } from '../../rules/rule-set.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import { Breaker, type BreakerMove, type BreakerRule } from './breaker.ts'
import { circuitBreakerEntry } from './schema.ts'

type Entry = z.infer<typeof circuitBreakerEntry>

/** Answers in place of an upstream that fails too often on the paths that a rule matches. */
export const circuitBreaker: StepKind = {
  key: 'circuit-breaker',
  fields: { extendedPaths: { circuit_breakers: circuitBreakerEntry } },

  read(source) {
    const entries: { rule: PathRule; entry: Entry }[] = []
    for (const { entry, path } of source.section('circuit_breakers', circuitBreakerEntry)) {
      const rule = source.rule(entry.path, [...path, 'path'])
      if (rule) entries.push({ rule, entry })
    }
    if (entries.length === 0) return null
    return (tools) => {
      const rules = entries.map(({ rule, entry }) => {
        return { rule, method: entry.method, value: openBreaker(entry, source.version, tools) }
      })
      return [new CircuitBreakerStep(new RuleSet(rules))]
    }
  },
}

function openBreaker(entry: Entry, version: string, tools: StepTools): Breaker {
  const { path, method } = entry
  const rule: BreakerRule = {
    threshold: entry.threshold_percent,
    samples: entry.samples,
    openMs: entry.return_to_service_after * 1000,
    halfOpen: !entry.disable_half_open_state,
  }
  const key = JSON.stringify([tools.apiId, version, path, method, rule])
  const lease = tools.breakers.open(key, () => new Breaker(rule, (move) => report(tools.log, { path, method }, move)))
  tools.onRelease(() => lease.release())
  return lease.value
}

function report(log: Logger, { path, method }: Pick<Entry, 'path' | 'method'>, { open, failures, requests }: BreakerMove): void {
  const rule = `${method} ${path}`
  if (open) {
    const line = { event: 'BreakerTripped', path, method, failures, requests }
    log.warn(line, `The circuit breaker of "${rule}" has opened: ${failures} of ${requests} requests have failed`)
  } else log.info({ event: 'BreakerReset', path, method }, `The circuit breaker of "${rule}" has closed`)
}

class CircuitBreakerStep implements Step {
  readonly name = 'circuit breaker'
  readonly phase = 'upstream'
  readonly #rules: RuleSet<Breaker>

  constructor(rules: RuleSet<Breaker>) {
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    const breaker = this.#rules.first(exchange)
    if (breaker === undefined) return 'go-on'
    exchange.outcome = breaker.admit()
    return exchange.outcome === null ? refuse(exchange, failure('circuit_open', undefined)) : 'go-on'
  }
}
