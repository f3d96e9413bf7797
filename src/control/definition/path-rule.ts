import { compilePattern } from './pattern.ts'

/** Which paths a path plugin is for. */
export interface PathRule {
  /** As the definition writes it. */
  readonly text: string
  matches(path: string): boolean
}

/**
 * Compiles a rule. `{id}` stands for one segment, `/*` + `/` for one segment, `/*` at the end for any rest; everything else is a regular
 * expression, searched anywhere in the path unless it anchors itself.
 *
 * @throws SyntaxError for what is no regular expression
 */
export function compilePathRule(text: string): PathRule {
  const pattern = compilePattern(
    text
      .replace(/\{[A-Za-z_][\w-]*\}/g, '([^/]+)')
      .replace(/\/\*(?=\/)/g, '/[^/]+')
      .replace(/\/\*$/, '/.*'),
  )
  return { text, matches: (path) => pattern.test(path) }
}
