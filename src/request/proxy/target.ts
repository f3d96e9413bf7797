import type { Exchange } from '../chain/exchange.ts'
import { LazyRequest } from '../message/lazy-request.ts'

/** The path and query that go upstream: the client's bytes behind the target's path, unless a plugin changed them. */
export function upstreamPath(exchange: Exchange): string {
  const replaced = exchange.draft?.request
  if (replaced && !(replaced instanceof LazyRequest)) return replacedPath(exchange, replaced.url)
  return join(exchange, exchange.path, exchange.listenLength, exchange.query)
}

function join({ api }: Exchange, path: string, listenLength: number, query: string): string {
  const { basePath, baseQuery } = api.upstream
  const rest = api.stripListenPath ? afterListenPath(path, listenLength) : path
  const joined = basePath + rest
  if (baseQuery === '') return joined + query
  return query.length > 1 ? `${joined}?${baseQuery}&${query.slice(1)}` : `${joined}?${baseQuery}`
}

function afterListenPath(path: string, listenLength: number): string {
  const rest = path.slice(listenLength)
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** A plugin's URL: an unchanged one goes out as its raw bytes; one of another origin keeps what the client asked for. */
function replacedPath(exchange: Exchange, url: string): string {
  const { path, query, listenLength, api } = exchange
  const before = new URL(exchange.url)
  const after = new URL(url)
  if (after.origin !== before.origin) {
    api.log.warn(
      { found: after.origin, expected: before.origin },
      'Change the request to another origin failed: a plugin may change path and query; url_rewrites changes the target',
    )
    return join(exchange, path, listenLength, query)
  }
  const samePath = after.pathname === before.pathname
  const sameQuery = after.search === before.search
  if (samePath) return join(exchange, path, listenLength, sameQuery ? query : after.search)
  return join(exchange, after.pathname, newListenLength(exchange, after.pathname), sameQuery ? query : after.search)
}

/** How much of a plugin's path is the listen path: all of it, or none where the plugin left it off. */
function newListenLength({ api }: Exchange, path: string): number {
  const prefix = api.listenPath.replace(/\/$/, '')
  return path === prefix || path.startsWith(`${prefix}/`) ? prefix.length : 0
}
