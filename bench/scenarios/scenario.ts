import type { Lab } from '../lab.ts'
import type { RequestSpec } from '../load/requests.ts'
import type { Gateway } from '../postern.ts'

/** A definition as JSON. */
export type Definition = Readonly<Record<string, unknown>>

/** A gateway to be measured. */
export interface GatewaySetup {
  /** What it serves, given the upstream's origin; one keyless API unless given. */
  readonly definitions?: (upstream: string) => readonly Definition[]
  /** Keys of gateway.conf, beside those that every measured gateway has. */
  readonly configuration?: (lab: Lab) => Promise<object>
  /** The folder below bench/plugins that is compiled to plugin.js; none unless given. */
  readonly plugins?: string
  /** What it is to have before it is asked anything: keys, for example. */
  readonly prepare?: (gateway: Gateway) => Promise<void>
  /** Shows that it does what the row says, lest that is the speed of work that was not done. */
  readonly verify?: (gateway: Gateway) => Promise<void>
  /** What goes on while it is under load; what it gives ends it. */
  readonly meanwhile?: (gateway: Gateway) => () => Promise<void>
  /** The same at the end, when it has answered at least so many requests; gives what a reader of the row has to know. */
  readonly verifyAfter?: (gateway: Gateway, requests: number) => Promise<string | undefined>
  /** Whether the lines of its log are kept, in `Gateway.log`, for the time until the next run. */
  readonly keepsLog?: boolean
}

/** What a ratio may be. */
export interface Limits {
  readonly rateAtLeast?: number
  readonly cpuAtMost?: number
}

/** What the gateway is measured doing, and beside what: a row of the table. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly gateway: GatewaySetup
  /** What it is compared with: the plain proxy, unless it is another gateway. */
  readonly control?: GatewaySetup & { readonly title: string }
  /** What clients ask for, in turns; the same small GET unless given. */
  readonly requests?: readonly RequestSpec[]
  /** Whether clients speak TLS. */
  readonly tls?: boolean
  /** Measured with requests of 1 and of 12 headers, unless the number hardly matters. */
  readonly headers?: readonly (1 | 12)[]
  /** Connections that are kept busy; `BENCH_CONNECTIONS` unless given. */
  readonly connections?: number
  readonly limits?: Limits
}
