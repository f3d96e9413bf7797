import { compilePattern } from '../rules/pattern.ts'

/** Which hosts a domain of a definition is for. */
export interface HostPattern {
  /** The domain in the one way to write it: two that are for the same hosts have the same text. */
  readonly text: string
  /** How many of its characters stand for themselves: where several patterns match a host, more of them win. */
  readonly literals: number
  /** Whether it is for one host alone, which is its text then. */
  readonly isPlain: boolean
  /** @param host in lower case, without port */
  matches(host: string): boolean
}

const HOST_NAME = /^(?!-)[a-z0-9.-]+(?<![-.])$/
const NAMED = /^[A-Za-z_]\w*(?::(.*))?$/s
const LABEL = '[^.]+'

/**
 * Reads a domain: a host name, or a pattern in which `*`, as a label of its own, and `{name}` stand for one label, and
 * `{name:expression}` for what the expression matches.
 *
 * @throws SyntaxError for what is neither
 */
export function parseHostPattern(domain: string): HostPattern {
  let text = ''
  let expression = ''
  let plain = ''
  for (const part of partsOf(domain)) {
    if (part === '*' || part.startsWith('{')) {
      const inner = part === '*' ? LABEL : expressionOf(part)
      text += inner === LABEL ? '*' : `{_:${inner}}`
      expression += inner === LABEL ? LABEL : `(?:${inner})`
      plain += 'x'
    } else {
      const literal = part.toLowerCase()
      text += literal
      expression += literal.replaceAll('.', '\\.')
      plain += literal
    }
  }
  if (!HOST_NAME.test(plain) || text === '*') throw new SyntaxError('not a host name')
  if (plain === text) return { text, literals: text.length, isPlain: true, matches: (host) => host === text }
  const literals = plain.length - partsOf(domain).filter((part) => /^[*{]/.test(part)).length
  const pattern = compilePattern(`^${expression}$`, { ignoreCase: true })
  return { text, literals, isPlain: false, matches: (host) => pattern.test(host) }
}

/** What stands for itself, and each placeholder with its braces, in order; braces in an expression are its own. */
function partsOf(domain: string): string[] {
  const parts: string[] = []
  let literal = ''
  for (let at = 0; at < domain.length; ) {
    const length = placeholderAt(domain, at)
    if (length === 0) literal += domain[at]
    else {
      parts.push(literal, domain.slice(at, at + length))
      literal = ''
    }
    at += length || 1
  }
  return [...parts, literal].filter((part) => part !== '')
}

/** How long the placeholder is that begins there; 0 if none does. */
function placeholderAt(domain: string, at: number): number {
  if (domain[at] === '*') {
    const isLabel = [undefined, '.'].includes(domain[at - 1]) && [undefined, '.'].includes(domain[at + 1])
    return isLabel ? 1 : 0
  }
  if (domain[at] !== '{') return 0
  let depth = 0
  for (let end = at; end < domain.length; end += 1) {
    if (domain[end] === '{') depth += 1
    if (domain[end] === '}') depth -= 1
    if (depth === 0) return end + 1 - at
  }
  return 0
}

function expressionOf(placeholder: string): string {
  const named = NAMED.exec(placeholder.slice(1, -1))
  if (!named) throw new SyntaxError('no name in braces')
  return named[1] ?? LABEL
}
