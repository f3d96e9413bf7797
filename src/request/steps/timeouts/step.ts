import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepKind } from '../step-kind.ts'
import { hardTimeoutEntry, millisecondsOf, versionFields } from './schema.ts'

/** Gives the upstream less time, or more, than gateway.conf does: in a version, or on the paths that a rule matches. */
export const timeouts: StepKind = {
  key: 'timeouts',
  fields: { version: versionFields, extendedPaths: { hard_timeouts: hardTimeoutEntry } },

  read(source) {
    const fields = source.ofVersion(versionFields)
    const rules: RuleEntry<number>[] = []
    for (const { entry, path } of source.section('hard_timeouts', hardTimeoutEntry)) {
      const rule = source.rule(entry.path, [...path, 'path'])
      const value = millisecondsOf(entry.duration) || Math.round(entry.timeout * 1000)
      if (value === 0) source.problem(path, 'expected seconds above 0 in "timeout", or a time in "duration", found neither')
      if (rule) rules.push({ rule, method: entry.method, value })
    }
    const everywhere = fields && !fields.global_enforce_timeout_disabled ? millisecondsOf(fields.global_enforce_timeout) : 0
    if (everywhere === 0 && rules.length === 0) return null
    return () => [new TimeoutStep(everywhere, new RuleSet(rules))]
  },
}

class TimeoutStep implements Step {
  readonly name = 'timeouts'
  readonly phase = 'upstream'
  readonly #everywhereMs: number
  readonly #rules: RuleSet<number>

  constructor(everywhereMs: number, rules: RuleSet<number>) {
    this.#everywhereMs = everywhereMs
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    exchange.timeoutMs = this.#rules.first(exchange) ?? this.#everywhereMs
    return 'go-on'
  }
}
