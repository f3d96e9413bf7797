import type { Exchange } from '../chain/exchange.ts'
import { HeaderList } from '../message/header-list.ts'
import { isInMemory, noteInMemory } from '../message/in-memory.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { withoutCookie } from './cookie.ts'
import { isCookie } from './places.ts'
import { withoutParameter } from './query.ts'

/** Takes a query parameter out of the request, all else byte for byte. */
export function stripParameter(exchange: Exchange, name: string): void {
  const request = exchange.draft?.request
  const own = request === undefined || request instanceof LazyRequest
  if (!own) exchange.openDraft().request = withoutParameterOf(request, name)
  exchange.query = withoutParameter(exchange.query, name)
}

/** A request that a plugin put in place of the client's; what it says besides stays. */
function withoutParameterOf(request: Request, name: string): Request {
  const url = new URL(request.url)
  const search = withoutParameter(url.search, name)
  if (search === url.search) return request
  url.search = search
  const next = new Request(url, request)
  if (isInMemory(request)) noteInMemory(next)
  return next
}

/** Takes a cookie out of the request, all else byte for byte. */
export function stripCookie(headers: Headers, name: string): void {
  if (headers instanceof HeaderList) {
    stripLines(headers.raw, name)
    return
  }
  const line = headers.get('cookie')
  if (line === null) return
  const rest = withoutCookie(line, name)
  if (rest === '') headers.delete('cookie')
  else headers.set('cookie', rest)
}

function stripLines(raw: string[], name: string): void {
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    if (!isCookie(raw[i] as string)) continue
    const rest = withoutCookie(raw[i + 1] as string, name)
    if (rest === '') raw.splice(i, 2)
    else raw[i + 1] = rest
  }
}
