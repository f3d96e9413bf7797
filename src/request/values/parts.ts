import type { Exchange } from '../chain/exchange.ts'

/**
 * Reads a value of a request. Values are bytes, one for each character, as header lists and paths are; '' stands for
 * what is not there.
 */
export type Getter = (exchange: Exchange) => string

/** A piece of a text with variables: what stands there, a group of the pattern that matched, or a value of the request. */
export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  | { readonly kind: 'variable'; readonly read: Getter }

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is no single byte, or one that UTF-8 would write as two.
const BEYOND_ASCII = /[^\x00-\x7f]/

/** A text as the bytes of its UTF-8 form. */
export function bytesOf(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text
}

/** What a value of a session or of a claim is as text: lists are joined by commas; objects are nothing. */
export function textOfValue(value: unknown): string {
  if (typeof value === 'string') return bytesOf(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) {
    return value
      .map(textOfValue)
      .filter((text) => text !== '')
      .join(',')
  }
  return ''
}
