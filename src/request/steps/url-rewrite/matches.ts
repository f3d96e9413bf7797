import { isUtf8 } from 'node:buffer'
import type { Exchange } from '../../chain/exchange.ts'
import type { Rewritten } from '../../chain/place.ts'
import type { Found, Search } from '../../rules/search.ts'
import { contextOf } from '../../values/context-data.ts'
import { bytesOf } from '../../values/parts.ts'

/** What a trigger looks at is of more than a path and a query. */
export interface Subject {
  readonly exchange: Exchange
  /** Path and query as they stand. */
  readonly standing: Rewritten
  /** The request's header list as it stands. */
  readonly headers: readonly string[]
}

/** Whether a value matches; what was found goes to the variables of the request. */
export type Check = (subject: Subject) => boolean

/** How values are looked at. */
export interface Matching {
  readonly search: Search
  readonly reverse: boolean
  /** What the captures are called: `trigger-0-X-Name`. */
  readonly name: string
}

/** More stretches of one body are not captured. */
const MOST_CAPTURED = 16

/**
 * Whether one of several values matches, or with `reverse`, whether there are any and none does. The i-th value is captured
 * as `name-i`, its groups as `name-i-0` and so on.
 */
export function matchValues({ search, reverse, name }: Matching, values: readonly string[], exchange: Exchange): boolean {
  const found = values.map((value) => search.first(textOf(value)))
  if (reverse) return values.length > 0 && found.every((each) => each === null)
  found.forEach((each, i) => {
    if (each) capture(exchange, `${name}-${i}`, each)
  })
  return found.some((each) => each !== null)
}

/** The same for segments of a path: only those that match count. */
export function matchSegments({ search, reverse, name }: Matching, segments: readonly string[], exchange: Exchange): boolean {
  const found = segments.map((segment) => search.first(textOf(segment))).filter((each) => each !== null)
  if (reverse) return found.length === 0
  found.forEach((each, i) => {
    capture(exchange, `${name}-${i}`, each)
  })
  return found.length > 0
}

/** The same for a single value, which is captured as `name`; '' is none. */
export function matchValue({ search, reverse, name }: Matching, value: string, exchange: Exchange): boolean {
  const found = search.first(textOf(value))
  if (reverse) return value !== '' && found === null
  if (value === '' || !found) return false
  capture(exchange, name, found)
  return true
}

/** The same for a body, captured as `name` and, each stretch for itself, `name-i`. */
export function matchBody({ search, reverse, name }: Matching, body: string, exchange: Exchange): boolean {
  const found = search.all(body, MOST_CAPTURED)
  const [first] = found
  if (reverse || !first) return reverse === (first === undefined)
  capture(exchange, name, [first[0] as string])
  found.forEach((each, i) => {
    capture(exchange, `${name}-${i}`, each)
  })
  return true
}

function capture(exchange: Exchange, name: string, [whole = '', ...groups]: Found): void {
  const context = contextOf(exchange)
  context.captures ??= new Map()
  const { captures } = context
  captures.set(name.toLowerCase(), bytesOf(whole))
  groups.forEach((group, i) => {
    captures.set(`${name}-${i}`.toLowerCase(), bytesOf(group))
  })
}

/** Values are bytes; patterns are text. What is no UTF-8 is taken for Latin-1. */
function textOf(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString() : bytes
}
