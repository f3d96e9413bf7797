import type { Logger } from '../../log.ts'
import { proxyAuthorization } from './connect-through.ts'
import { type Connect, type ConnectionOptions, Connections } from './connections.ts'
import { Counted, type Lease } from './counted.ts'
import { Discovery, type DiscoveryPlan } from './discovery.ts'
import { Ejection, type EjectionLimits } from './ejection.ts'
import { hostnameOf, type Target } from './target.ts'
import { TargetHealth } from './target-health.ts'
import { mergeTls, ofHost, type TlsSettings } from './tls-settings.ts'
import type { TargetPlan, UpstreamPlan } from './upstream-plan.ts'
import { type UptimeSettings, UptimeTest, type UptimeTestPlan } from './uptime-test.ts'

/** What holds for every upstream of a gateway. */
export interface UpstreamSettings {
  readonly log: Logger
  /** What is asked of certificates where an API asks nothing. */
  readonly tls: TlsSettings
  /** How long a connection may take to open, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number
  /** null: hosts are not tested. */
  readonly uptime: UptimeSettings | null
  /** How long an answer of a service registry holds, in milliseconds. */
  readonly discoveryIntervalMs: number
  /** Opens connections by other means than the network. */
  readonly connect?: Connect | undefined
}

/** What upstreams are made of and share. */
export class SharedParts {
  readonly settings: UpstreamSettings
  readonly connections = new Counted<Connections>((connections) => connections.close())
  readonly tests = new Counted<UptimeTest>((test) => test.close())
  readonly discoveries = new Counted<Discovery>((discovery) => discovery.close())
  readonly ejections = new Counted<Ejection>(() => {})

  constructor(settings: UpstreamSettings) {
    this.settings = settings
  }
}

/** How a target is judged. */
export interface Judges {
  readonly ejection: EjectionLimits | null
  readonly tests: readonly UptimeTest[]
}

/** The parts of one API's upstream. */
export class OpenParts {
  readonly #shared: SharedParts
  readonly #plan: UpstreamPlan
  readonly #apiId: string
  readonly #leases: Lease<unknown>[] = []

  constructor(shared: SharedParts, plan: UpstreamPlan, apiId: string) {
    this.#shared = shared
    this.#plan = plan
    this.#apiId = apiId
  }

  target({ url, weight }: TargetPlan, judges: Judges | null = null): Target {
    const proxy = this.#proxyThatReads(url)
    return {
      url,
      host: url.host,
      servername: hostnameOf(proxy ?? url),
      basePath: (proxy ? url.origin : '') + url.pathname.replace(/\/$/, ''),
      baseQuery: url.search.slice(1),
      proxyAuthorization: proxy && proxyAuthorization(proxy),
      connections: this.#connections(url),
      weight,
      health: judges && new TargetHealth(judges.tests, judges.ejection && this.#ejection(url, judges.ejection)),
    }
  }

  /** Requests to an http target go to the proxy itself, with the whole URL in them (RFC 9112 §3.2.2). */
  #proxyThatReads({ protocol }: URL): URL | null {
    return protocol === 'http:' ? this.#plan.proxy : null
  }

  #connections(url: URL): Connections {
    const { settings, connections } = this.#shared
    const options = this.#connectionOptions(url)
    return this.#hold(connections.open(JSON.stringify(options), () => new Connections(options, settings.connect)))
  }

  #connectionOptions(url: URL): ConnectionOptions {
    const { settings } = this.#shared
    const { tls, certificates, pins, proxy } = this.#plan
    const reads = this.#proxyThatReads(url)
    return {
      origin: (reads ?? url).origin,
      timeoutMs: settings.connectTimeoutMs,
      peer: {
        tls: mergeTls(tls, settings.tls),
        certificate: (reads ? null : ofHost(certificates, url)) ?? null,
        pins: (reads ? null : ofHost(pins, url)) ?? [],
      },
      through: reads ? null : (proxy?.href ?? null),
    }
  }

  /** The tests of the API; none where the gateway does not have hosts tested. */
  tests(): UptimeTest[] {
    const { uptime } = this.#shared.settings
    return uptime ? this.#plan.tests.map((plan) => this.#test(plan, uptime)) : []
  }

  #test(plan: UptimeTestPlan, uptime: UptimeSettings): UptimeTest {
    const { settings, tests } = this.#shared
    const connections = this.#connections(plan.url)
    const key = JSON.stringify([plan, this.#connectionOptions(plan.url)])
    return this.#hold(tests.open(key, () => new UptimeTest(plan, uptime, connections, settings.log)))
  }

  discovery(plan: DiscoveryPlan): Discovery {
    const { settings, discoveries } = this.#shared
    const connections = this.#connections(plan.endpoint)
    const intervalMs = plan.intervalMs ?? settings.discoveryIntervalMs
    const key = JSON.stringify([plan, this.#connectionOptions(plan.endpoint)])
    return this.#hold(discoveries.open(key, () => new Discovery(plan, intervalMs, connections, settings.log)))
  }

  #ejection(url: URL, limits: EjectionLimits): Ejection {
    const { settings, ejections } = this.#shared
    const log = settings.log.child({ api_id: this.#apiId, upstream: url.origin })
    const key = JSON.stringify([this.#apiId, url.href, limits])
    return this.#hold(ejections.open(key, () => new Ejection(limits, (out) => report(log, url, out))))
  }

  #hold<T>(lease: Lease<T>): T {
    this.#leases.push(lease)
    return lease.value
  }

  async close(): Promise<void> {
    await Promise.all(this.#leases.splice(0).map((lease) => lease.release()))
  }
}

function report(log: Logger, { host }: URL, out: boolean): void {
  if (out) log.warn({ event: 'HostDown', host }, `The host "${host}" is left out, because its requests fail`)
  else log.info({ event: 'HostUp', host }, `The host "${host}" gets requests again`)
}
