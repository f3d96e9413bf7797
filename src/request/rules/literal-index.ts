import { LiteralAutomaton } from './literal-automaton.ts'

const MOST_ROUNDS = 2 ** 32 - 1

/** Tells which of many rules a path can match at all, by the texts that each of them needs to find in it. */
export class LiteralIndex {
  readonly #automaton: LiteralAutomaton
  /** By text: the rules that are looked at where it is found. */
  readonly #triggered: readonly (readonly number[])[]
  /** By rule: the other texts that it needs. */
  readonly #others: readonly (readonly number[])[]
  /** Rules that need no text. */
  readonly #always: readonly number[]
  /** By text: the last round that found it. */
  readonly #seen: Uint32Array
  #round = 0

  /** @param needs what each rule needs, as `requiredLiterals` tells */
  constructor(needs: readonly (readonly string[])[]) {
    const texts = [...new Set(needs.flat())]
    const numberOf = new Map(texts.map((text, number) => [text, number]))
    const users = texts.map(() => 0)
    const numbers = needs.map((need) => need.map((text) => numberOf.get(text) as number))
    for (const number of numbers.flat()) users[number] = (users[number] as number) + 1
    const rarer = (a: number, b: number) => (users[a] as number) - (users[b] as number) || lengthOf(b) - lengthOf(a)
    const lengthOf = (number: number) => (texts[number] as string).length
    const ranked = numbers.map((need) => need.toSorted(rarer))
    const triggered: number[][] = texts.map(() => [])
    for (const [rule, [trigger]] of ranked.entries()) if (trigger !== undefined) triggered[trigger]?.push(rule)
    this.#automaton = new LiteralAutomaton(texts)
    this.#triggered = triggered
    this.#others = ranked.map((need) => need.slice(1))
    this.#always = [...ranked.keys()].filter((rule) => ranked[rule]?.length === 0)
    this.#seen = new Uint32Array(texts.length)
  }

  /** The numbers of the rules that a path may match, in their order; every rule that does match is among them. */
  candidates(path: string): readonly number[] {
    const seen = this.#seen
    const round = this.#nextRound()
    const found: number[] = []
    this.#automaton.scan(path, (text) => {
      if (seen[text] === round) return
      seen[text] = round
      found.push(text)
    })
    const rules: number[] = []
    for (const text of found) {
      for (const rule of this.#triggered[text] as readonly number[]) {
        if ((this.#others[rule] as readonly number[]).every((other) => seen[other] === round)) rules.push(rule)
      }
    }
    if (rules.length === 0) return this.#always
    return rules.concat(this.#always).sort((a, b) => a - b)
  }

  #nextRound(): number {
    if (this.#round === MOST_ROUNDS) {
      this.#seen.fill(0)
      this.#round = 0
    }
    this.#round += 1
    return this.#round
  }
}
