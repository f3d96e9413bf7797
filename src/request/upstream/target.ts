import type { Connections } from './connections.ts'

/** A place that requests are sent to: an origin with its connections, and what their paths begin with. */
export interface Target {
  readonly url: URL
  /** The Host header. */
  readonly host: string
  /** The host alone: whom a certificate has to be for, whatever Host the client has sent. */
  readonly hostname: string
  /** The path without a trailing slash, and the query without `?`. */
  readonly basePath: string
  readonly baseQuery: string
  readonly connections: Connections
}

export function makeTarget(url: URL, connections: Connections): Target {
  return {
    url,
    host: url.host,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    basePath: url.pathname.replace(/\/$/, ''),
    baseQuery: url.search.slice(1),
    connections,
  }
}
