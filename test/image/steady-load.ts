import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'undici'

/** So many requests wait at most. Where they do, the machine has no time for the rate, and further ones are left out. */
const MOST_OPEN = 1000

export interface LoadReport {
  readonly sent: number
  /** How many a second that was. */
  readonly perSecond: number
  /** What came in place of 200, with how often. */
  readonly failures: Readonly<Record<string, number>>
  readonly failed: number
  /** From the time at which a request was due to its answer, in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

/** Sends requests at a rate: one that waits keeps no other back, and one that is late is sent all the same. */
export class SteadyLoad implements AsyncDisposable {
  readonly #pool: Pool
  readonly #path: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #perSecond: number
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #open = new Set<Promise<void>>()
  readonly #failures: Record<string, number> = {}
  readonly #times: number[] = []
  readonly #began = performance.now()

  constructor(url: string, { perSecond, headers }: { perSecond: number; headers: Readonly<Record<string, string>> }) {
    const { origin, pathname } = new URL(url)
    this.#pool = new Pool(origin, { connections: 100, headersTimeout: 20_000, bodyTimeout: 20_000 })
    this.#path = pathname
    this.#headers = headers
    this.#perSecond = perSecond
    this.#running = this.#run()
  }

  async stop(): Promise<LoadReport> {
    this.#stop.abort()
    const seconds = (performance.now() - this.#began) / 1000
    await this.#running
    await Promise.all(this.#open)
    const times = this.#times.toSorted((a, b) => a - b)
    const at = (share: number) => Math.round(times[Math.floor((times.length - 1) * share)] ?? 0)
    const failed = Object.values(this.#failures).reduce((sum, count) => sum + count, 0)
    const perSecond = Math.round(times.length / seconds)
    return { sent: times.length, perSecond, failures: this.#failures, failed, p50: at(0.5), p99: at(0.99), longest: at(1) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#pool.destroy()
  }

  async #run(): Promise<void> {
    let due = 0
    while (!this.#stop.signal.aborted) {
      for (; due < ((performance.now() - this.#began) / 1000) * this.#perSecond; due++) {
        if (this.#open.size >= MOST_OPEN) continue
        const request = this.#send(this.#began + (due / this.#perSecond) * 1000)
        this.#open.add(request)
        void request.finally(() => this.#open.delete(request))
      }
      await delay(2)
    }
  }

  async #send(dueAt: number): Promise<void> {
    const outcome = await this.#request().catch((error: Error) => `${error.name}: ${error.message}`)
    this.#times.push(performance.now() - dueAt)
    if (outcome !== '200') this.#failures[outcome] = (this.#failures[outcome] ?? 0) + 1
  }

  async #request(): Promise<string> {
    const { statusCode, body } = await this.#pool.request({ method: 'GET', path: this.#path, headers: this.#headers })
    await body.dump()
    return String(statusCode)
  }
}
