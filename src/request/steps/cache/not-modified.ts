import type { Exchange } from '../../chain/exchange.ts'
import type { HeaderList } from '../../message/header-list.ts'

/** Whether the client has the response already (RFC 9110 §13.1.2, §13.1.3): what it has is told by entity tag, else by date. */
export function notModified(exchange: Exchange, headers: HeaderList): boolean {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return false
  const request = exchange.requestHeaders
  const tags = request.get('if-none-match')
  if (tags !== null) return matches(tags, headers.get('etag'))
  const since = Date.parse(request.get('if-modified-since') ?? '')
  const modified = Date.parse(headers.get('last-modified') ?? '')
  return modified <= since
}

/** Weak comparison (RFC 9110 §8.8.3.2). */
function matches(tags: string, tag: string | null): boolean {
  if (tags.trim() === '*') return true
  if (tag === null) return false
  const bare = (text: string) => text.trim().replace(/^W\//, '')
  return tags.split(',').some((each) => bare(each) === bare(tag))
}
