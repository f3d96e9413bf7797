/**
 * A query as it was sent, `?` included: its parameters are found and taken out without touching the others.
 */

/** The first value of a parameter that is not empty; '' if there is none. */
export function queryValue(query: string, name: string): string {
  for (let start = 1; start < query.length; ) {
    const end = endOf(query, start)
    const equals = equalsIn(query, start, end)
    if (equals < end && decoded(query, start, equals) === name) {
      const value = decoded(query, equals + 1, end)
      if (value !== '') return value
    }
    start = end + 1
  }
  return ''
}

/** The query without a parameter, all else byte for byte; '' where nothing is left. */
export function withoutParameter(query: string, name: string): string {
  const kept: string[] = []
  let found = false
  for (let start = 1; start <= query.length; ) {
    const end = endOf(query, start)
    if (decoded(query, start, equalsIn(query, start, end)) === name) found = true
    else kept.push(query.slice(start, end))
    start = end + 1
  }
  if (!found) return query
  return kept.length === 0 ? '' : `?${kept.join('&')}`
}

function endOf(query: string, start: number): number {
  const end = query.indexOf('&', start)
  return end < 0 ? query.length : end
}

function equalsIn(query: string, start: number, end: number): number {
  const equals = query.indexOf('=', start)
  return equals < 0 || equals > end ? end : equals
}

function decoded(query: string, start: number, end: number): string {
  const text = query.slice(start, end)
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
