import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { Rewritten } from '../chain/place.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import type { Target } from '../upstream/target.ts'

/**
 * The path and query that go upstream: those of a rewrite, or else the client's bytes behind the target's path, unless a
 * plugin changed them.
 */
export function upstreamPath(exchange: Exchange, target: Target): string {
  const { rewritten } = exchange
  const url = replacedUrl(exchange)
  if (!rewritten) {
    const standing = url === null ? unchanged(exchange) : changed(exchange, url)
    return behindTarget(target, withoutPrefix(standing.path, standing, exchange.stripListenPath), standing.query)
  }
  if (url !== null && url !== settledUrl(exchange)) {
    const error = failure('rewritten_url_changed', undefined)
    exchange.api.log.warn({ err: error, path: exchange.clientPath }, error.message)
  }
  return behindTarget(target, rewritten.path, rewritten.query)
}

/** Path and query as they stand: as the client sent them, or a plugin put them in their place. */
export function standingTarget(exchange: Exchange): Rewritten {
  const url = replacedUrl(exchange)
  return url === null ? exchange : changed(exchange, url)
}

/** Notes that what plugins have made of the URL so far has been heeded. */
export function settleUrl(exchange: Exchange): void {
  exchange.settledUrl = replacedUrl(exchange)
}

/** A path that a rewrite made, as it goes behind the target's: without listen path and version where those go no further. */
export function rewrittenPath(exchange: Exchange, path: string): string {
  return withoutPrefix(path, newPrefix(exchange, path), exchange.stripListenPath)
}

/** How much of a path is the listen path, and how much of the rest names a version that goes no further. */
interface Prefix {
  readonly listenLength: number
  readonly versionLength: number
}

function behindTarget({ basePath, baseQuery }: Target, path: string, query: string): string {
  const joined = basePath + path
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

/** The URL of a request that a plugin put in place of the client's; null if none has. */
function replacedUrl({ draft }: Exchange): string | null {
  return draft && !(draft.request instanceof LazyRequest) ? draft.request.url : null
}

/** What a plugin's URL is unchanged from. */
function settledUrl(exchange: Exchange): string {
  return exchange.settledUrl ?? new URL(exchange.url).href
}

interface Standing extends Rewritten, Prefix {}

function unchanged(exchange: Exchange): Standing {
  const { path, query, listenLength, stripVersion, versionLength } = exchange
  return { path, query, listenLength, versionLength: stripVersion ? versionLength : 0 }
}

/** A plugin's URL: an unchanged one goes out as its raw bytes; one of another origin keeps what the client asked for. */
function changed(exchange: Exchange, url: string): Standing {
  const before = new URL(settledUrl(exchange))
  const after = new URL(url)
  if (after.origin !== before.origin) {
    exchange.api.log.warn(
      { found: after.origin, expected: before.origin },
      'Change the request to another origin failed: a plugin may change path and query; url_rewrites changes the target',
    )
    return unchanged(exchange)
  }
  const standing = unchanged(exchange)
  const query = after.search === before.search ? standing.query : after.search
  if (after.pathname === before.pathname) return { ...standing, query }
  return { path: after.pathname, query, ...newPrefix(exchange, after.pathname) }
}

/** What of a plugin's path is to be taken off: nothing that the plugin has taken off itself. */
function newPrefix({ api, listenPath: found, stripVersion, versionSegment }: Exchange, path: string): Prefix {
  // Where a request has come by a loop, its path need not have the listen path.
  const listenPath = found || api.listenPath.replace(/\/$/, '')
  const listenLength = beginsWith(path, listenPath) ? listenPath.length : 0
  const named = stripVersion && beginsWith(path.slice(listenLength), versionSegment)
  return { listenLength, versionLength: named ? versionSegment.length : 0 }
}

function beginsWith(path: string, segments: string): boolean {
  return path === segments || path.startsWith(`${segments}/`)
}
