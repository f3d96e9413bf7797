import { RE2JS } from 're2js'
import { toNative } from './linear-pattern.ts'

/** A compiled regular expression. */
export interface Pattern {
  test(text: string): boolean
}

/**
 * Compiles a regular expression in the syntax of RE2, which definitions are written in. Client input is matched against
 * it on the gateway's one thread, so it has to take linear time: a pattern that plainly cannot backtrack runs on the
 * native engine, which is several times faster, and every other one on RE2's algorithm.
 *
 * @throws SyntaxError
 */
export function compilePattern(text: string, { ignoreCase = false }: { ignoreCase?: boolean } = {}): Pattern {
  const native = toNative(text, ignoreCase ? 'i' : '')
  if (native) return native
  try {
    return RE2JS.compile(text, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
  } catch (cause) {
    throw new SyntaxError((cause as Error).message, { cause })
  }
}

/**
 * Compiles a regular expression that is searched for: the first stretch of a text that it matches, or a group of it; null where
 * there is none.
 *
 * @param group 0 for the whole stretch
 * @throws SyntaxError, also where it has no such group
 */
export function compileFinder(text: string, group = 0): (searched: string) => string | null {
  try {
    const pattern = RE2JS.compile(text)
    if (group > pattern.groupCount()) throw new SyntaxError('it has no group in brackets')
    return (searched) => {
      const matcher = pattern.matcher(searched)
      return matcher.find() ? matcher.group(group) : null
    }
  } catch (cause) {
    throw new SyntaxError((cause as Error).message, { cause })
  }
}
