import { show } from '../../../json/describe-issue.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { type RuleEntry, RuleSet } from '../../rules/rule-set.ts'
import type { StepKind } from '../step-kind.ts'
import { methodEntry, targetMethods } from './schema.ts'

/** Has the upstream get another method. The rules and plugins of the API go by the client's. */
export const methodTransform: StepKind = {
  key: 'method-transform',
  fields: { extendedPaths: { method_transforms: methodEntry } },

  read(source) {
    const rules: RuleEntry<string>[] = []
    for (const { entry, path } of source.section('method_transforms', methodEntry)) {
      const rule = source.rule(entry.path, [...path, 'path'])
      const method = entry.to_method.toUpperCase()
      if (!targetMethods.some((each) => each === method)) {
        const found = show(entry.to_method)
        source.problem([...path, 'to_method'], `expected one of ${targetMethods.join(', ')}, found ${found}: Method not allowed`)
      } else if (rule) rules.push({ rule, method: entry.method, value: method })
    }
    return rules.length > 0 ? () => [new MethodTransformStep(new RuleSet(rules))] : null
  },
}

class MethodTransformStep implements Step {
  readonly name = 'method'
  readonly phase = 'method'
  readonly #rules: RuleSet<string>

  constructor(rules: RuleSet<string>) {
    this.#rules = rules
  }

  run(exchange: Exchange): Verdict {
    exchange.upstreamMethod = this.#rules.first(exchange) ?? exchange.upstreamMethod
    return 'go-on'
  }
}
