/** An origin as browsers write it: scheme, host, and a port unless it is the scheme's own; `*` stands for some of the host, or the port. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9*._-]+|\[[0-9a-f:]+\])(?::(?:\d+|\*))?$/
const DEFAULT_PORT = /^(?:http:.*:80|https:.*:443)$/

/** Which origins may read responses. */
export class Origins {
  /** Whether every origin may. */
  readonly every: boolean
  readonly #exact: ReadonlySet<string>
  readonly #patterns: readonly RegExp[]

  constructor(texts: readonly string[]) {
    const lower = texts.map((text) => text.toLowerCase())
    this.every = lower.length === 0 || lower.includes('*')
    this.#exact = new Set(lower.filter((text) => !text.includes('*')))
    this.#patterns = lower.filter((text) => text.includes('*')).map(patternOf)
  }

  includes(origin: string): boolean {
    if (this.every) return true
    const lower = origin.toLowerCase()
    return this.#exact.has(lower) || this.#patterns.some((pattern) => pattern.test(lower))
  }
}

/** Whether an entry can be the origin of anything. */
export function isOrigin(text: string): boolean {
  const lower = text.toLowerCase()
  return lower === '*' || lower === 'null' || (ORIGIN.test(lower) && !DEFAULT_PORT.test(lower))
}

/** A `*` of the host does not reach into the port, and one for the port stands for a number. */
function patternOf(text: string): RegExp {
  const anyPort = text.endsWith(':*')
  const host = (anyPort ? text.slice(0, -2) : text).split('*').map(RegExp.escape).join('[a-z0-9._-]*')
  return new RegExp(`^${host}${anyPort ? ':[0-9]+' : ''}$`)
}
