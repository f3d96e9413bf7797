import type { Connections } from './connections.ts'
import type { TargetHealth } from './target-health.ts'

/** A place that requests are sent to: an origin with its connections, and what their paths begin with. */
export interface Target {
  readonly url: URL
  /** The Host header. */
  readonly host: string
  /** Whom the certificate has to be for: not the client's Host, even where that is what is sent. */
  readonly servername: string
  /** The path without a trailing slash, and the query without `?`. */
  readonly basePath: string
  readonly baseQuery: string
  /** Sent along; the credentials of a proxy. */
  readonly proxyAuthorization: string | null
  readonly connections: Connections
  /** How much it gets beside others. */
  readonly weight: number
  /** What is known of how it does; null where nobody asks. */
  readonly health: TargetHealth | null
}

export function hostnameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}
