import type { Algorithm } from './balancer.ts'
import type { DiscoveryPlan } from './discovery.ts'
import type { EjectionLimits } from './ejection.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { ByHost, TlsSettings } from './tls-settings.ts'
import type { UptimeTestPlan } from './uptime-test.ts'

/** One of several targets. */
export interface TargetPlan {
  readonly url: URL
  /** 0: gets nothing. */
  readonly weight: number
}

/** How the requests of an API are shared out. */
export interface BalancingPlan {
  readonly targets: readonly TargetPlan[]
  readonly algorithm: Algorithm
  readonly ejection: EjectionLimits | null
  /** Whether a target whose host is down by its tests gets nothing. */
  readonly heedTests: boolean
}

/** What a definition says about where its requests go, and how. */
export interface UpstreamPlan {
  /** Where they go, unless they are balanced. */
  readonly url: URL
  /** null: everything goes to `url`. */
  readonly balancing: BalancingPlan | null
  /** null: a request that fails has failed. */
  readonly retries: RetryPolicy | null
  readonly tls: TlsSettings
  /** PEM text of this end's certificate and its key. */
  readonly certificates: ByHost<string>
  /** SHA-256 fingerprints of public keys, in base64. */
  readonly pins: ByHost<readonly string[]>
  /** An HTTP proxy on the way; null: there is none. */
  readonly proxy: URL | null
  readonly tests: readonly UptimeTestPlan[]
  /** Who names the targets in place of the definition; null: nobody. */
  readonly discovery: DiscoveryPlan | null
}
