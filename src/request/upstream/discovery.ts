import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Connections } from './connections.ts'
import { hostnameOf } from './target.ts'
import { type DiscoveryPaths, targetsIn } from './targets-in.ts'

/** Where a service registry is asked for targets. */
export interface DiscoveryPlan extends DiscoveryPaths {
  readonly endpoint: URL
  /** Every target of the answer; else the first. */
  readonly all: boolean
  /** How long an answer holds, in milliseconds; null: what the gateway has. */
  readonly intervalMs: number | null
}

const QUERY_TIMEOUT_MS = 5_000
const LARGEST_ANSWER = 10_485_760

type Listener = (targets: readonly URL[]) => void

/** Asks a service registry for targets, from time to time. Its timer does not keep the process alive. */
export class Discovery {
  readonly #plan: DiscoveryPlan
  readonly #connections: Connections
  readonly #log: Logger
  readonly #closing = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #listeners = new Set<Listener>()
  /** Settles once the first question is answered, or not. */
  readonly settled: Promise<void>
  #targets: readonly URL[] = []
  #failing = false
  #asking = false

  constructor(plan: DiscoveryPlan, intervalMs: number, connections: Connections, log: Logger) {
    this.#plan = plan
    this.#connections = connections
    // A query may hold a key.
    this.#log = log.child({ endpoint: plan.endpoint.origin + plan.endpoint.pathname })
    this.#timer = setInterval(() => void this.#ask(), intervalMs)
    this.#timer.unref()
    this.settled = this.#ask()
  }

  /** Tells of the targets: at once if they are known, and whenever they are others; returns what ends that. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener)
    if (this.#targets.length > 0) listener(this.#targets)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#closing.abort()
  }

  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      const found = targetsIn(await this.#query(), this.#plan)
      if (!this.#closing.signal.aborted) this.#note(this.#plan.all ? found : found.slice(0, 1))
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#complain(error)
    }
    this.#asking = false
  }

  async #query(): Promise<string> {
    const { endpoint } = this.#plan
    const { statusCode, body } = await this.#connections.pool.request({
      method: 'GET',
      path: endpoint.pathname + endpoint.search,
      headers: ['Host', endpoint.host, 'Accept', 'application/json'],
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)]),
      servername: hostnameOf(endpoint),
    } as never)
    if (statusCode !== 200) {
      await body.dump()
      throw failure('discovery_answer_invalid', { reason: `its status is ${statusCode}, expected 200` })
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > LARGEST_ANSWER)
        throw failure('discovery_answer_invalid', { reason: `it is larger than ${LARGEST_ANSWER} bytes` })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  }

  #note(found: readonly URL[]): void {
    const names = found.map(({ href }) => href)
    const known = this.#targets.map(({ href }) => href)
    if (this.#failing || names.join() !== known.join()) this.#log.info({ targets: names }, 'Targets found')
    this.#failing = false
    if (names.join() === known.join()) return
    this.#targets = found
    for (const listener of this.#listeners) listener(found)
  }

  /** Once, until it goes well again. */
  #complain(cause: unknown): void {
    if (this.#failing) return
    this.#failing = true
    const kept = this.#targets.length > 0 ? 'the targets that it has named last' : 'target_url'
    const error = failure('discovery_failed', { reason: textOf(cause), kept }, cause)
    this.#log.warn({ err: error }, error.message)
  }
}
