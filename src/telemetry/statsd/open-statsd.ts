import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { StatsD } from 'hot-shots'
import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { MeteredPlugin, PluginMeter, PluginMeters } from '../../plugin/plugin-meter.ts'
import { cachedLookup } from './cached-lookup.ts'

export interface StatsdOptions {
  /** `host:port` */
  readonly address: string
  /** What names begin with, before a dot; '' for nothing. */
  readonly prefix: string
  readonly log: Logger
}

/** Calls of plugins, counted and timed over StatsD. */
export interface Statsd extends PluginMeters {
  close(): Promise<void>
}

const FLUSH_MS = 100
/** How many times are sent in one go; of more there is a sample. */
const MOST_TIMES = 250
/** What fits through Ethernet whole, in bytes. */
const DATAGRAM = 1432
/** How long the end of the gateway waits for what is left to be sent. */
const LAST_WAIT_MS = 500

/**
 * Sends how often each plugin was called (`JSPluginMiddleware:<path>:<name>`) and how long each call took (`….exec_time`), every
 * 100 ms. While what was sent before is still under way, counts add up and times are left out: memory is bounded, and a name
 * that nobody can look up is looked up once at a time.
 */
export function openStatsd({ address, prefix, log }: StatsdOptions): Statsd {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const meters = new Map<string, StatsdMeter>()
  const budget = { left: MOST_TIMES }
  let failing = false
  let sending = false
  const note = (error: Error | null | undefined) => {
    if (error && !failing) log.warn(failure('statsd_unreachable', { address, reason: textOf(error) }).message)
    failing = Boolean(error)
  }
  const client = new StatsD({
    host,
    port: Number(address.slice(colon + 1)),
    maxBufferSize: DATAGRAM,
    // What is there is sent below; between two of these there is nothing.
    bufferFlushInterval: 60_000,
    ...(isIP(host) === 0 && { udpSocketOptions: { type: 'udp4', lookup: cachedLookup() } }),
    // Of an agent of Datadog's; this is any StatsD.
    datadog: false,
    includeDataDogTags: false,
    errorHandler: note,
  })
  const send = async (): Promise<void> => {
    const called = [...meters.values()].filter(({ isCalled }) => isCalled)
    // Nothing that is sent without a fault would say that it works again.
    if (called.length === 0) return
    sending = true
    for (const meter of called) meter.sendTo(client)
    budget.left = MOST_TIMES
    await new Promise<void>((resolve) => {
      client.flush((error) => {
        sending = false
        note(error)
        resolve()
      })
    })
  }
  const timer = setInterval(() => {
    if (!sending) void send()
  }, FLUSH_MS)
  timer.unref()
  return {
    of(plugin) {
      const name = nameOf(plugin, prefix)
      const meter = meters.get(name) ?? new StatsdMeter(name, budget)
      meters.set(name, meter)
      return meter
    },
    async close() {
      clearInterval(timer)
      const limit = new AbortController()
      const waited = delay(LAST_WAIT_MS, undefined, { signal: limit.signal }).catch(() => {})
      if (!sending) await Promise.race([send(), waited])
      await Promise.race([new Promise<void>((resolve) => client.close(() => resolve())), waited])
      limit.abort()
    },
  }
}

/** The name of a metric, as StatsD takes it: other characters become `$`. */
function nameOf({ path, name }: MeteredPlugin, prefix: string): string {
  const plain = `JSPluginMiddleware:${path}:${name}`
  return (prefix === '' ? plain : `${prefix}.${plain}`).replaceAll(/[^\w.-]/g, '$')
}

class StatsdMeter implements PluginMeter {
  readonly #name: string
  readonly #budget: { left: number }
  #calls = 0
  #times: number[] = []

  constructor(name: string, budget: { left: number }) {
    this.#name = name
    this.#budget = budget
  }

  called(_end: unknown, ms: number): void {
    this.#calls += 1
    if (this.#budget.left <= 0) return
    this.#budget.left -= 1
    this.#times.push(ms)
  }

  /** Whether there is anything to send. */
  get isCalled(): boolean {
    return this.#calls > 0
  }

  sendTo(client: StatsD): void {
    client.increment(this.#name, this.#calls)
    for (const ms of this.#times) client.timing(`${this.#name}.exec_time`, Math.round(ms * 1e6))
    this.#calls = 0
    this.#times = []
  }
}
