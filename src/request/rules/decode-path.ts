const BYTES = /(?:%[0-9a-f]{2})+/gi
/** A UTF-16 unit, as IIS takes it. */
const UNITS = /%u([0-9a-f]{4})/gi
/** What programs put in the place of bytes that are no text. */
const UNREADABLE = '\ufffd'
/** Letters that Unicode keeps apart from a slash and a backslash, and conversions to other character sets do not. */
const SLASHES = /[\u2044\u2215\u29f8]/g
const BACKSLASHES = /[\u2216\u29f5]/g
const BEYOND_ASCII = /[^\0-\x7f]/

/**
 * Decodes a path once, as leniently as any program does: `%2F`, `%u002f`, UTF-8 in more bytes than it takes, and letters that
 * only look different (a full-width slash) as those that they stand for.
 */
export function decodeOnce(path: string): string {
  const text = path
    .replace(UNITS, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
    .replace(BYTES, (run) => lenientUtf8(bytesOf(run)))
  if (!BEYOND_ASCII.test(text)) return text
  return text.normalize('NFKC').replace(SLASHES, '/').replace(BACKSLASHES, '\\')
}

function bytesOf(run: string): number[] {
  return run
    .slice(1)
    .split('%')
    .map((byte) => Number.parseInt(byte, 16))
}

/** UTF-8 whose sequences may be longer than need be. */
function lenientUtf8(bytes: readonly number[]): string {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] as number
    const length = lengthOf(first)
    const rest = bytes.slice(i + 1, i + length)
    if (length > 1 && rest.length === length - 1 && rest.every((byte) => continues(byte, first))) {
      text += characterOf(first, rest)
      i += length
    } else {
      text += first < 0x80 ? String.fromCharCode(first) : UNREADABLE
      i += 1
    }
  }
  return text
}

/** How many bytes a sequence has, six at most as UTF-8 once allowed. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  if (first < 0xf8) return 4
  if (first < 0xfc) return 5
  return first < 0xfe ? 6 : 1
}

/** Behind C0 and C1, which nothing needs, some programs take any byte. */
function continues(byte: number, first: number): boolean {
  return (byte & 0xc0) === 0x80 || (first <= 0xc1 && byte < 0x40)
}

function characterOf(first: number, rest: readonly number[]): string {
  const head = first & (0x7f >> (rest.length + 1))
  const code = rest.reduce((sum, byte) => sum * 64 + (byte & 0x3f), head)
  return code > 0x10ffff ? UNREADABLE : String.fromCodePoint(code)
}
