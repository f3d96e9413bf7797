import type { Exchange } from '../chain/exchange.ts'
import type { PathRule } from './path-rule.ts'
import { RuleSet } from './rule-set.ts'

/** A rule that bounds what it matches: how often, how much. */
export interface BoundEntry<T> {
  readonly rule: PathRule
  /** The same rule, for letters in either case. */
  readonly anyCase: PathRule
  /** Compared exactly; '' stands for every method. */
  readonly method: string
  readonly value: T
}

/**
 * Rules that bound requests, in order of precedence. One may bound less than what holds elsewhere, or more: so it is not enough that
 * the path as it was sent has its bound. Those of all that an upstream may take it for have to hold as well.
 */
export class BoundSet<T> {
  readonly #exact: RuleSet<T>
  readonly #anyCase: RuleSet<T>

  constructor(entries: readonly BoundEntry<T>[]) {
    this.#exact = new RuleSet(entries)
    this.#anyCase = new RuleSet(entries.map(({ anyCase, method, value }) => ({ rule: anyCase, method, value })))
  }

  get empty(): boolean {
    return this.#exact.empty
  }

  /** All bounds that have to hold for a request; `undefined` among them stands for that of paths without a rule. Nearly always one. */
  of(exchange: Exchange): readonly (T | undefined)[] {
    const { method, rulePaths } = exchange
    if (rulePaths.any.length === 1) {
      const meant = this.#exact.first(exchange)
      return meant === undefined ? withoutRule(this.#anyCase.first(exchange)) : [meant]
    }
    const bounds = new Set(this.#exact.firsts(method, rulePaths.every))
    for (const bound of this.#anyCase.firsts(method, rulePaths.any)) if (bound !== undefined) bounds.add(bound)
    return [...bounds]
  }
}

/** A rule that is written in other letters holds, but not in place of what holds for paths without one. */
function withoutRule<T>(inOtherLetters: T | undefined): readonly (T | undefined)[] {
  return inOtherLetters === undefined ? [undefined] : [undefined, inOtherLetters]
}
