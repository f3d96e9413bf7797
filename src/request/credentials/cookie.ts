/** A Cookie header as it was sent (RFC 6265 §4.2.1): pairs with `; ` between them. */

/** The value of a cookie, quotes around it taken off; '' if there is none. */
export function cookieValue(line: string, name: string): string {
  for (let start = 0; start < line.length; ) {
    const end = endOf(line, start)
    if (isNamed(line, start, end, name)) {
      const value = line.slice(line.indexOf('=', start) + 1, end).trim()
      return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    }
    start = end + 1
  }
  return ''
}

/** The line without a cookie, all else byte for byte; '' where nothing is left. */
export function withoutCookie(line: string, name: string): string {
  const kept: string[] = []
  let found = false
  for (let start = 0; start <= line.length; ) {
    const end = endOf(line, start)
    if (isNamed(line, start, end, name)) found = true
    else kept.push(line.slice(start, end))
    start = end + 1
  }
  return found ? kept.join(';').trimStart() : line
}

function endOf(line: string, start: number): number {
  const end = line.indexOf(';', start)
  return end < 0 ? line.length : end
}

function isNamed(line: string, start: number, end: number, name: string): boolean {
  const equals = line.indexOf('=', start)
  return equals >= 0 && equals < end && line.slice(start, equals).trim() === name
}
