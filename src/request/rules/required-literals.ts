/** Of no use for telling paths apart. */
const SHORTEST = 2
const REPEATED = /^\{(\d+)(?:,\d*)?\}/

/**
 * Texts that every match of a regular expression (in the syntax of RE2) has in it, letters in lower case. Few may be found,
 * or none; none that need not be there.
 */
export function requiredLiterals(pattern: string): string[] {
  const literals = new Set<string>()
  let text = ''
  const end = () => {
    if (text.length >= SHORTEST) literals.add(text)
    text = ''
  }
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] as string
    if (character === '|') return []
    if (character === '(' || character === '[') {
      const next = character === '(' ? groupEnd(pattern, at) : classEnd(pattern, at)
      if (next < 0) return []
      end()
      at = next
    } else if (character === '\\') {
      const escaped = pattern[at + 1] ?? ''
      // What letters and digits stand for may go on behind them.
      if (/[\w\s]|[^\0-\x7f]/.test(escaped) || escaped === '') {
        if (!/[dDsSwWbBAz]/.test(escaped)) return []
        end()
      } else text += escaped
      at += 2
    } else if ('?*+{'.includes(character)) {
      const repeated = REPEATED.exec(pattern.slice(at))
      if (character === '?' || character === '*' || (repeated && Number(repeated[1]) === 0)) text = text.slice(0, -1)
      end()
      at += repeated ? repeated[0].length : 1
    } else {
      if ('.^$'.includes(character) || character > '\x7f') end()
      else text += character.toLowerCase()
      at += 1
    }
  }
  end()
  return [...literals]
}

/** Where a group that begins at `start` is over; -1 if that cannot be told. */
function groupEnd(pattern: string, start: number): number {
  let depth = 0
  for (let at = start; at < pattern.length; ) {
    const character = pattern[at]
    if (character === '\\') {
      if (pattern[at + 1] === 'Q') return -1
      at += 2
    } else if (character === '[') {
      at = classEnd(pattern, at)
      if (at < 0) return -1
    } else {
      if (character === '(') depth += 1
      if (character === ')') depth -= 1
      at += 1
      if (depth === 0) return at
    }
  }
  return -1
}

/** Likewise for a class. */
function classEnd(pattern: string, start: number): number {
  let at = start + 1
  if (pattern[at] === '^') at += 1
  if (pattern[at] === ']') at += 1
  for (; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1
    else if (pattern.startsWith('[:', at)) at = pattern.indexOf(':]', at) + 1 || pattern.length
    else if (pattern[at] === ']') return at + 1
  }
  return -1
}
