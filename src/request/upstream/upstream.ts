import { Balancer } from './balancer.ts'
import { OpenParts, SharedParts, type UpstreamSettings } from './parts.ts'
import type { RetryPolicy } from './retry-policy.ts'
import type { Target } from './target.ts'
import type { BalancingPlan, UpstreamPlan } from './upstream-plan.ts'
import type { UptimeTest } from './uptime-test.ts'

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

/** What the APIs of a gateway have of upstreams in common, so that a reload keeps connections, tests and verdicts. */
export class Upstreams {
  readonly #shared: SharedParts

  constructor(settings: UpstreamSettings) {
    this.#shared = new SharedParts(settings)
  }

  /** @throws what OpenSSL says about certificates and ciphers that it cannot use */
  open(plan: UpstreamPlan, { apiId, timeoutMs }: UpstreamOwner): Upstream {
    const { url, balancing, retries } = plan
    const parts = new OpenParts(this.#shared, plan, apiId)
    try {
      const tests = parts.tests()
      const targets = balancing ? openTargets(balancing, parts, tests) : [parts.target({ url, weight: 1 })]
      const balancer = new Balancer(targets, balancing?.algorithm ?? 'round_robin')
      return {
        url,
        timeoutMs,
        plain: balancing || retries ? null : (targets[0] as Target),
        retries,
        choose: (tried) => balancer.choose(tried),
        close: () => parts.close(),
      }
    } catch (error) {
      void parts.close()
      throw error
    }
  }
}

function openTargets({ targets, ejection, heedTests }: BalancingPlan, parts: OpenParts, tests: readonly UptimeTest[]): Target[] {
  return targets.map((plan) => {
    const ofHost = tests.filter((test) => test.plan.url.host === plan.url.host)
    return parts.target(plan, { ejection, tests: heedTests ? ofHost : [] })
  })
}
