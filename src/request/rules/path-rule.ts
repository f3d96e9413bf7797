import { compilePattern } from './pattern.ts'
import { requiredLiterals } from './required-literals.ts'

/** Which paths something is for. */
export interface PathRule {
  /** As the definition writes it. */
  readonly text: string
  /** Texts that every path has that it matches, in lower case; the path may have them in either. */
  readonly literals: readonly string[]
  matches(path: string): boolean
}

/** How the rules of a gateway, an API or an entry are read. */
export interface PathRuleOptions {
  /** Letters match in either case. Default false. */
  readonly ignoreCase?: boolean
  /** A rule that begins with a slash has to match from the beginning of the path. Default false. */
  readonly matchPrefix?: boolean
  /** A rule has to match up to the end of the path. Default false. */
  readonly matchSuffix?: boolean
}

/**
 * Compiles a rule. `{id}` stands for one segment, `/*` + `/` for one segment, `/*` at the end for any rest; everything else is a regular
 * expression, searched anywhere in the path unless it anchors itself or the options do.
 *
 * @throws SyntaxError for what is no regular expression
 */
export function compilePathRule(
  text: string,
  { ignoreCase = false, matchPrefix = false, matchSuffix = false }: PathRuleOptions = {},
): PathRule {
  const start = matchPrefix && text.startsWith('/') ? '^' : ''
  const end = matchSuffix && !text.endsWith('$') ? '$' : ''
  const rest = text
    .replace(/\{[A-Za-z_][\w-]*\}/g, '([^/]+)')
    .replace(/\/\*(?=\/)/g, '/[^/]+')
    .replace(/\/\*$/, '/.*')
  // An anchor is for the whole rule, not for one of its alternatives.
  const whole = (start !== '' || end !== '') && rest.includes('|') ? `(?:${rest})` : rest
  const pattern = compilePattern(`${start}${whole}${end}`, { ignoreCase })
  return { text, literals: requiredLiterals(rest), matches: (path) => pattern.test(path) }
}
