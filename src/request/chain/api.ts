import type { Logger } from '../../log.ts'
import type { Upstream } from '../proxy/upstream.ts'
import type { Route } from '../router/router.ts'
import type { Chain } from './chain.ts'

/** One served API, compiled from its definition: what a request needs to know of it. Immutable. */
export interface Api extends Route {
  readonly id: string
  readonly name: string
  readonly orgId: string
  readonly upstream: Upstream
  /** Take the listen path off before the target's path is put in front. */
  readonly stripListenPath: boolean
  /** Send the client's Host header instead of the target's. */
  readonly preserveHost: boolean
  readonly chain: Chain
  /** The response plugins; null where there are none. */
  readonly responseChain: Chain | null
  /** How many bytes of a body a plugin may have kept. */
  readonly maxPluginBody: number
  readonly log: Logger
}
