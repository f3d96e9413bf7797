import type { Exchange } from '../chain/exchange.ts'
import type { PathRule } from './path-rule.ts'

/** What is to happen to the requests of a method whose path matches a rule. */
export interface RuleEntry<T> {
  readonly rule: PathRule
  /** Compared exactly; '' stands for every method. */
  readonly method: string
  readonly value: T
}

/** Rules in order of precedence. A request is matched by its method as it stands and its path as the client sent it. */
export class RuleSet<T> {
  readonly #entries: readonly RuleEntry<T>[]

  constructor(entries: readonly RuleEntry<T>[]) {
    this.#entries = entries
  }

  get empty(): boolean {
    return this.#entries.length === 0
  }

  /** What the first rule that matches a request is for, by its path with or without the listen path and what names a version. */
  first({ method, rulePaths }: Exchange): T | undefined {
    return this.#find(method, rulePaths.asSent)
  }

  /** The same for rules that keep out: it is enough if they match what an upstream may take the path for. */
  firstOfAny({ method, rulePaths }: Exchange): T | undefined {
    return this.#find(method, rulePaths.any.flat())
  }

  /** The same for rules that let in: whatever an upstream may take the path for, one of them has to match. */
  firstOfEvery({ method, rulePaths }: Exchange): T | undefined {
    const found = rulePaths.every.map((forms) => this.#find(method, forms))
    return found.includes(undefined) ? undefined : found[0]
  }

  #find(method: string, paths: readonly string[]): T | undefined {
    for (const { method: wanted, rule, value } of this.#entries) {
      if ((wanted === '' || wanted === method) && paths.some((path) => rule.matches(path))) return value
    }
    return undefined
  }
}
