/** A compiled regular expression. */
export interface Pattern {
  test(text: string): boolean
}

const LEADING_FLAGS = /^\(\?([ims]+)\)/
const UNBOUNDED = /^(?:[*+]|\{\d+,\})/
/** An escape, a class, an opening or closing bracket, or any other character. */
const TOKEN = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|./gsu

/**
 * Compiles a regular expression in the syntax of RE2 that definitions are written in: `(?P<name>…)` and flags at the start are
 * understood. Client input is matched against it on the gateway's one thread, so a repetition inside a repetition, for which a
 * backtracking engine can take exponential time, is refused.
 *
 * @throws SyntaxError
 */
export function compilePattern(text: string): Pattern {
  const flags = LEADING_FLAGS.exec(text)?.[1] ?? ''
  const body = text.replace(LEADING_FLAGS, '').replaceAll('(?P<', '(?<')
  const pattern = new RegExp(body, flags)
  if (repeatsRepetition(body)) throw new SyntaxError('it repeats a group that repeats something itself; rewrite it without')
  return pattern
}

function repeatsRepetition(pattern: string): boolean {
  const groups = [false]
  for (const { 0: token, index } of pattern.matchAll(TOKEN)) {
    const repeated = UNBOUNDED.test(pattern.slice(index + token.length))
    if (token === '(') groups.push(false)
    else if (token === ')') {
      const repeats = groups.pop() ?? false
      if (repeats && repeated) return true
      groups.push((groups.pop() ?? false) || repeats || repeated)
    } else if (repeated) groups[groups.length - 1] = true
  }
  return false
}
