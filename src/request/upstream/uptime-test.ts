import { textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Connections } from './connections.ts'
import { hostnameOf } from './target.ts'

/** A request that shows whether a host is up. */
export interface UptimeTestPlan {
  readonly url: URL
  readonly method: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: string
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number
}

/** How often hosts are tested, and when a test is believed. */
export interface UptimeSettings {
  readonly intervalMs: number
  /** How many tests in a row have to say that a host is down, or up again. */
  readonly samples: number
}

/** Tests a host from time to time. Its timer does not keep the process alive. */
export class UptimeTest {
  readonly plan: UptimeTestPlan
  readonly #settings: UptimeSettings
  readonly #connections: Connections
  readonly #log: Logger
  readonly #closing = new AbortController()
  readonly #timer: NodeJS.Timeout
  #down = false
  /** How many tests in a row have said otherwise. */
  #otherwise = 0
  #running = false

  constructor(plan: UptimeTestPlan, settings: UptimeSettings, connections: Connections, log: Logger) {
    this.plan = plan
    this.#settings = settings
    this.#connections = connections
    this.#log = log
    this.#timer = setInterval(() => void this.#test(), settings.intervalMs)
    this.#timer.unref()
    void this.#test()
  }

  get down(): boolean {
    return this.#down
  }

  close(): void {
    clearInterval(this.#timer)
    this.#closing.abort()
  }

  async #test(): Promise<void> {
    if (this.#running) return
    this.#running = true
    const problem = await this.#problem()
    this.#running = false
    if (!this.#closing.signal.aborted) this.#note(problem)
  }

  /** What is wrong with the host; null if it is up. */
  async #problem(): Promise<string | null> {
    const { url, method, headers, body, timeoutMs } = this.plan
    try {
      const response = await this.#connections.pool.request({
        method: method as 'GET',
        path: url.pathname + url.search,
        headers: ['Host', url.host, ...headers],
        body: body === '' ? null : body,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
        servername: hostnameOf(url),
      } as never)
      const { statusCode: status } = response
      await response.body.dump()
      return status >= 200 && status < 300 ? null : `it answered ${status}, expected 200 to 299`
    } catch (error) {
      return (error as { name?: unknown }).name === 'TimeoutError' ? `no answer within ${timeoutMs} ms` : textOf(error)
    }
  }

  #note(problem: string | null): void {
    this.#otherwise = (problem !== null) === this.#down ? 0 : this.#otherwise + 1
    if (this.#otherwise < this.#settings.samples) return
    this.#otherwise = 0
    this.#down = problem !== null
    const { host, href: url } = this.plan.url
    if (problem !== null) this.#log.warn({ event: 'HostDown', host, url, reason: problem }, `The host "${host}" is down`)
    else this.#log.info({ event: 'HostUp', host, url }, `The host "${host}" is up again`)
  }
}
