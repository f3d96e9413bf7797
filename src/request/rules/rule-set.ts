import type { Exchange } from '../chain/exchange.ts'
import type { PathRule } from './path-rule.ts'

/** What is to happen to the requests of a method whose path matches a rule. */
export interface RuleEntry<T> {
  readonly rule: PathRule
  /** Compared exactly; '' stands for every method. */
  readonly method: string
  readonly value: T
}

/** Rules in order of precedence. */
export class RuleSet<T> {
  readonly #entries: readonly RuleEntry<T>[]

  constructor(entries: readonly RuleEntry<T>[]) {
    this.#entries = entries
  }

  /**
   * What the first rule that matches a request is for, by its method as it stands and its path as the client sent it,
   * with or without the listen path and what names a version.
   */
  first(exchange: Exchange): T | undefined {
    const { method, rulePaths } = exchange
    for (const { method: wanted, rule, value } of this.#entries) {
      if ((wanted === '' || wanted === method) && rulePaths.some((path) => rule.matches(path))) return value
    }
    return undefined
  }
}
