import { DiscoveredUpstream } from './discovered-upstream.ts'
import { SharedParts, type UpstreamSettings } from './parts.ts'
import { openPlace } from './place.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { Target } from './target.ts'
import type { UpstreamPlan } from './upstream-plan.ts'

/** Whose upstream it is. */
export interface UpstreamOwner {
  readonly apiId: string
  /** How long it may take to begin its response, in milliseconds. */
  readonly timeoutMs: number
}

/** Where an API's requests go. */
export interface Upstream {
  /** As the definition names it. */
  readonly url: URL
  /** How long it may take to begin its response, in milliseconds. */
  readonly timeoutMs: number
  /** The one target, where a request is one call to it; null where there is more to do: see {@link choose}. */
  readonly plain: Target | null
  readonly retries: RetryPolicy | null
  /** Settles when it is known where requests go, or when that has taken too long to wait for. */
  readonly ready: Promise<void>
  /**
   * The target of a request.
   *
   * @param tried where it has been already
   * @throws `all_hosts_down`
   */
  choose(tried: readonly Target[]): Target
  /** Gives everything back; connections that nobody else uses are closed once they are idle. */
  close(): Promise<void>
}

const READY = Promise.resolve()

/** What the APIs of a gateway have of upstreams in common, so that a reload keeps connections, tests and verdicts. */
export class Upstreams {
  readonly #shared: SharedParts

  constructor(settings: UpstreamSettings) {
    this.#shared = new SharedParts(settings)
  }

  /** @throws what OpenSSL says about certificates and ciphers that it cannot use */
  open(plan: UpstreamPlan, owner: UpstreamOwner): Upstream {
    const { url, balancing, retries, discovery } = plan
    if (discovery) return new DiscoveredUpstream(plan, discovery, this.#shared, owner)
    const { balancer, close } = openPlace(balancing?.targets ?? [{ url, weight: 1 }], plan, this.#shared, owner.apiId)
    return {
      url,
      timeoutMs: owner.timeoutMs,
      plain: balancing || retries ? null : (balancer.targets[0] as Target),
      retries,
      ready: READY,
      choose: (tried) => balancer.choose(tried),
      close,
    }
  }
}
