import type { Exchange } from '../chain/exchange.ts'
import { HeaderList } from '../message/header-list.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { cookieValue } from './cookie.ts'
import { queryValue } from './query.ts'

/** Where a kind of authentication looks for its credential. */
export interface Places {
  /** The header, as it is written; null: not in a header. */
  readonly header: string | null
  /** The query parameter, which goes before the header. */
  readonly param: string | null
  /** The cookie, which goes before both. */
  readonly cookie: string | null
}

/** Finds a credential in the request as it stands, changes of plugins included. */
export class PlaceReader {
  readonly #header: string | null
  readonly #param: string | null
  readonly #cookie: string | null

  constructor({ header, param, cookie }: Places) {
    this.#header = header?.toLowerCase() ?? null
    this.#param = param
    this.#cookie = cookie
  }

  /** What is there; '' if nothing is. */
  find(exchange: Exchange): string {
    let found = this.#header === null ? '' : headerValue(exchange, this.#header)
    if (this.#param !== null) found = queryValue(currentQuery(exchange), this.#param) || found
    if (this.#cookie !== null) found = cookieIn(exchange, this.#cookie) || found
    return found
  }
}

/** The value of the first line of a header, whose name is in lower case; '' if there is none. */
function headerValue({ draft, incoming }: Exchange, lower: string): string {
  if (draft === null) return firstValue(incoming.rawHeaders, lower)
  const { headers } = draft.request
  return headers instanceof HeaderList ? firstValue(headers.raw, lower) : (headers.get(lower) ?? '')
}

function firstValue(raw: readonly string[], lower: string): string {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === lower.length && (name === lower || name.toLowerCase() === lower)) return raw[i + 1] as string
  }
  return ''
}

/** Cookies may come in several lines (RFC 9113 §8.2.3). */
function cookieIn({ draft, incoming }: Exchange, name: string): string {
  const headers = draft?.request.headers
  if (headers && !(headers instanceof HeaderList)) return cookieValue(headers.get('cookie') ?? '', name)
  const raw = headers ? headers.raw : incoming.rawHeaders
  for (let i = 0; i < raw.length; i += 2) {
    const value = isCookie(raw[i] as string) ? cookieValue(raw[i + 1] as string, name) : ''
    if (value !== '') return value
  }
  return ''
}

/** Whether a header is called Cookie. */
export function isCookie(name: string): boolean {
  return name.length === 6 && name.toLowerCase() === 'cookie'
}

/** The query of the request as it stands, `?` included. */
export function currentQuery({ draft, query }: Exchange): string {
  const request = draft?.request
  return request === undefined || request instanceof LazyRequest ? query : new URL(request.url).search
}

const BEARER = 'bearer'
const SPACE = 0x20

/** A key without the scheme that may stand before it; a scheme without a key is none. */
export function withoutBearer(credential: string): string {
  const { length } = BEARER
  if (credential.charCodeAt(length) === SPACE && credential.slice(0, length).toLowerCase() === BEARER) {
    return credential.slice(length).trim()
  }
  const key = credential.trim()
  return key.length === length && key.toLowerCase() === BEARER ? '' : key
}
