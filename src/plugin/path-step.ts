import { type Chain, runStep } from '../request/chain/chain.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import type { Step, Verdict } from '../request/chain/step.ts'
import type { RuleSet } from '../request/rules/rule-set.ts'

/** Runs the first plugin whose rule matches the request. */
export class PathStep implements Step {
  readonly name = 'path plugins'
  readonly phase = 'path'
  readonly #rules: RuleSet<Step>

  constructor(rules: RuleSet<Step>) {
    this.#rules = rules
  }

  run(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
    const step = this.#rules.first(exchange)
    return step ? runStep(step, exchange, chain, index) : 'go-on'
  }
}
