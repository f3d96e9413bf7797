import { type HostPattern, parseHostPattern } from './host-pattern.ts'

/** What there is for each host: for its name, or for patterns that match it. */
export class HostTable<T> {
  readonly #names = new Map<string, T>()
  /** Those with the most literal characters first. */
  readonly #patterns: { readonly pattern: HostPattern; readonly value: T }[] = []

  get isEmpty(): boolean {
    return this.#names.size === 0 && this.#patterns.length === 0
  }

  /**
   * What there is for a domain already; else what `make` makes.
   *
   * @throws SyntaxError for what is no domain
   */
  open(domain: string, make: () => T): T {
    const pattern = parseHostPattern(domain)
    const known = pattern.isPlain
      ? this.#names.get(pattern.text)
      : this.#patterns.find((entry) => entry.pattern.text === pattern.text)?.value
    if (known !== undefined) return known
    const value = make()
    if (pattern.isPlain) this.#names.set(pattern.text, value)
    else {
      this.#patterns.push({ pattern, value })
      this.#patterns.sort((a, b) => b.pattern.literals - a.pattern.literals)
    }
    return value
  }

  /** The first answer other than undefined that `ask` gets: of the host's own name, then of the patterns that match it. */
  find<R>(host: string, ask: (value: T) => R | undefined): R | undefined {
    const own = this.#names.get(host)
    const found = own === undefined ? undefined : ask(own)
    if (found !== undefined) return found
    for (const { pattern, value } of this.#patterns) {
      const answer = pattern.matches(host) ? ask(value) : undefined
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

/** The name in the value of a Host header, in lower case: without a port, and without the dot of a name that is fully qualified. */
export function hostName(host: string): string {
  const port = host.lastIndexOf(':')
  const name = port > host.lastIndexOf(']') ? host.slice(0, port) : host
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()
}
