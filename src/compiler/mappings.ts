const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Moves what a source map says about one generated line from some column on. Columns count from 0. */
export function shiftColumns(line: string, from: number, columns: number): string {
  const segments = line.split(',')
  let column = 0
  for (const [index, segment] of segments.entries()) {
    const [step = ''] = /^[g-z0-9+/]*[A-Za-f]/.exec(segment) ?? []
    column += decode(step)
    if (column < from) continue
    // Each segment counts from the one before it, so the rest moves along.
    segments[index] = encode(decode(step) + columns) + segment.slice(step.length)
    break
  }
  return segments.join(',')
}

/** Base64 VLQ: five bits a digit, the lowest first, the sixth says that more follow; the lowest bit of all is the sign. */
function decode(text: string): number {
  const value = [...text].reduceRight((sum, digit) => (sum << 5) | (digits.indexOf(digit) & 31), 0)
  return value & 1 ? -(value >> 1) : value >> 1
}

function encode(number: number): string {
  let value = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const more = value >>> 5
    text += digits[(value & 31) | (more > 0 ? 32 : 0)]
    value = more
  } while (value > 0)
  return text
}
