import type { Exchange } from '../chain/exchange.ts'
import { LiteralIndex } from './literal-index.ts'
import type { PathRule } from './path-rule.ts'
import type { Forms } from './rule-paths.ts'

/** What is to happen to the requests of a method whose path matches a rule. */
export interface RuleEntry<T> {
  readonly rule: PathRule
  /** Compared exactly; '' stands for every method. */
  readonly method: string
  readonly value: T
}

/** With fewer rules it is quicker to try each. */
const FEWEST_INDEXED = 8

/** Rules in order of precedence. A request is matched by its method as it stands and its path as the client sent it. */
export class RuleSet<T> {
  readonly #entries: readonly RuleEntry<T>[]
  readonly #index: LiteralIndex | null

  constructor(entries: readonly RuleEntry<T>[]) {
    // A list that has grown holds room for more, and there may be many sets.
    this.#entries = [...entries]
    this.#index = entries.length < FEWEST_INDEXED ? null : new LiteralIndex(entries.map(({ rule }) => rule.literals))
  }

  get empty(): boolean {
    return this.#entries.length === 0
  }

  /** What the first rule that matches a request is for, by its path with or without the listen path and what names a version. */
  first({ method, rulePaths }: Exchange): T | undefined {
    return this.#entries[this.#find(method, rulePaths.asSent)]?.value
  }

  /** The same for rules that keep out: it is enough if they match what an upstream may take the path for. */
  firstOfAny({ method, rulePaths }: Exchange): T | undefined {
    const found = rulePaths.any.map((forms) => this.#find(method, forms)).filter((number) => number >= 0)
    return this.#entries[Math.min(...found)]?.value
  }

  /** The same for rules that let in: whatever an upstream may take the path for, one of them has to match. */
  firstOfEvery({ method, rulePaths }: Exchange): T | undefined {
    const found = rulePaths.every.map((forms) => this.#find(method, forms))
    return found.includes(-1) ? undefined : this.#entries[found[0] as number]?.value
  }

  /** What the first rule is for that matches each reading of a path; undefined for one that none matches. */
  firsts(method: string, readings: readonly Forms[]): (T | undefined)[] {
    return readings.map((forms) => this.#entries[this.#find(method, forms)]?.value)
  }

  /** The number of the first rule that matches one of the forms; -1 if none does. */
  #find(method: string, forms: Forms): number {
    const entries = this.#entries
    if (!this.#index) return entries.findIndex((entry) => matches(entry, method, forms))
    const candidates = this.#index.candidates(forms.at(-1) as string)
    return candidates.find((number) => matches(entries[number] as RuleEntry<T>, method, forms)) ?? -1
  }
}

function matches({ method: wanted, rule }: RuleEntry<unknown>, method: string, forms: Forms): boolean {
  return (wanted === '' || wanted === method) && forms.some((path) => rule.matches(path))
}
