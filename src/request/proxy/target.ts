import type { Exchange } from '../chain/exchange.ts'
import { LazyRequest } from '../message/lazy-request.ts'

/** The path and query that go upstream: the client's bytes behind the target's path, unless a plugin changed them. */
export function upstreamPath(exchange: Exchange): string {
  const replaced = exchange.draft?.request
  if (replaced && !(replaced instanceof LazyRequest)) return replacedPath(exchange, replaced.url)
  return join(exchange, exchange.path, prefixOf(exchange), exchange.query)
}

/** How much of a path is the listen path, and how much of the rest names a version that goes no further. */
interface Prefix {
  readonly listenLength: number
  readonly versionLength: number
}

function join(exchange: Exchange, path: string, prefix: Prefix, query: string): string {
  const { basePath, baseQuery } = exchange.upstream
  const rest = withoutPrefix(path, prefix, exchange.stripListenPath)
  const joined = basePath + rest
  if (baseQuery === '') return joined + query
  return query.length > 1 ? `${joined}?${baseQuery}&${query.slice(1)}` : `${joined}?${baseQuery}`
}

/** The path without its listen path, if that is stripped, and without what names a version. */
function withoutPrefix(path: string, { listenLength, versionLength }: Prefix, stripListenPath: boolean): string {
  if (!stripListenPath && versionLength === 0) return path
  const rest = path.slice(listenLength + versionLength)
  const prefix = stripListenPath ? '' : path.slice(0, listenLength)
  return rest.startsWith('/') ? prefix + rest : `${prefix}/${rest}`
}

function prefixOf({ listenLength, stripVersion, versionLength }: Exchange): Prefix {
  return { listenLength, versionLength: stripVersion ? versionLength : 0 }
}

/** A plugin's URL: an unchanged one goes out as its raw bytes; one of another origin keeps what the client asked for. */
function replacedPath(exchange: Exchange, url: string): string {
  const { path, query, api } = exchange
  const before = new URL(exchange.url)
  const after = new URL(url)
  if (after.origin !== before.origin) {
    api.log.warn(
      { found: after.origin, expected: before.origin },
      'Change the request to another origin failed: a plugin may change path and query; url_rewrites changes the target',
    )
    return join(exchange, path, prefixOf(exchange), query)
  }
  const samePath = after.pathname === before.pathname
  const sameQuery = after.search === before.search
  if (samePath) return join(exchange, path, prefixOf(exchange), sameQuery ? query : after.search)
  return join(exchange, after.pathname, newPrefix(exchange, after.pathname), sameQuery ? query : after.search)
}

/** What of a plugin's path is to be taken off: nothing that the plugin has taken off itself. */
function newPrefix({ listenPath, versionSegment, stripVersion }: Exchange, path: string): Prefix {
  const listenLength = beginsWith(path, listenPath) ? listenPath.length : 0
  const named = stripVersion && beginsWith(path.slice(listenLength), versionSegment)
  return { listenLength, versionLength: named ? versionSegment.length : 0 }
}

function beginsWith(path: string, segments: string): boolean {
  return path === segments || path.startsWith(`${segments}/`)
}
