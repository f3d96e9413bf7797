import { textOf } from '../../errors.ts'
import type { Discovery, DiscoveryPlan } from './discovery.ts'
import { OpenParts, type SharedParts } from './parts.ts'
import { openPlace, type Place } from './place.ts'
import type { Target } from './target.ts'
import type { Upstream, UpstreamOwner } from './upstream.ts'
import type { UpstreamPlan } from './upstream-plan.ts'

/** How long a load waits for the first answer, in milliseconds. */
const LONGEST_WAIT_MS = 1_000

/** An upstream whose targets a service registry names; as long as it has named none, requests go to the definition's own. */
export class DiscoveredUpstream implements Upstream {
  readonly url: URL
  readonly timeoutMs: number
  readonly plain = null
  readonly retries: Upstream['retries']
  readonly ready: Promise<void>
  readonly #plan: UpstreamPlan
  readonly #shared: SharedParts
  readonly #apiId: string
  readonly #parts: OpenParts
  readonly #unfollow: () => void
  readonly #closing: Promise<void>[] = []
  #place: Place

  constructor(plan: UpstreamPlan, discovery: DiscoveryPlan, shared: SharedParts, { apiId, timeoutMs }: UpstreamOwner) {
    this.url = plan.url
    this.timeoutMs = timeoutMs
    this.retries = plan.retries
    this.#plan = plan
    this.#shared = shared
    this.#apiId = apiId
    this.#place = openPlace([{ url: plan.url, weight: 1 }], plan, shared, apiId)
    this.#parts = new OpenParts(shared, plan, apiId)
    const source = this.#parts.discovery(discovery)
    this.#unfollow = source.follow((urls) => this.#move(urls))
    this.ready = settledSoon(source)
  }

  choose(tried: readonly Target[]): Target {
    return this.#place.balancer.choose(tried)
  }

  /** Requests under way end where they are. */
  #move(urls: readonly URL[]): void {
    const before = this.#place
    const targets = (this.#plan.balancing ? urls : urls.slice(0, 1)).map((url) => ({ url, weight: 1 }))
    this.#place = openPlace(targets, this.#plan, this.#shared, this.#apiId)
    const { log } = this.#shared.settings
    const closing = before.close().catch((error) => log.error({ err: error }, textOf(error)))
    this.#closing.push(closing)
    void closing.then(() => this.#closing.splice(this.#closing.indexOf(closing), 1))
  }

  async close(): Promise<void> {
    this.#unfollow()
    await Promise.all([this.#place.close(), this.#parts.close(), ...this.#closing])
  }
}

function settledSoon({ settled }: Discovery): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LONGEST_WAIT_MS)
    void settled.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
