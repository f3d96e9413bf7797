import type { Logger } from '../../log.ts'
import type { RequestEvents } from '../events/request-events.ts'
import type { Route } from '../router/router.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Chain } from './chain.ts'
import type { Recording } from './recording.ts'

/** What serves a request, once it is known which version of an API that is. Immutable. */
export interface ApiVersion {
  /** As access rights and records call it; '' of an API where each request tells which version it wants. */
  readonly version: string
  readonly upstream: Upstream
  readonly chain: Chain
  /** The steps of the upstream's response; null where there are none. */
  readonly responseChain: Chain | null
  readonly recording: Recording
}

/** One served API, compiled from its definition: what a request needs to know of it. Immutable. */
export interface Api extends Route, ApiVersion {
  readonly id: string
  readonly name: string
  readonly orgId: string
  /** Whether nobody has to authenticate. */
  readonly keyless: boolean
  /** The listen path without a slash at its end. */
  readonly listenPrefix: string
  /** Take the listen path off before the target's path is put in front. */
  readonly stripListenPath: boolean
  /** Send the client's Host header instead of the target's. */
  readonly preserveHost: boolean
  /** How many bytes of a body a plugin may have kept. */
  readonly maxPluginBody: number
  readonly log: Logger
  /** Tells the log of requests that are refused. */
  readonly events: RequestEvents
}
