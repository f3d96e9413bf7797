import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Siblings } from '../../supervisor/siblings.ts'

export interface MetricsPortOptions {
  readonly port: number
  /** '' means all. */
  readonly address: string
  readonly path: string
  /** The text for who asks. */
  readonly gather: () => Promise<string>
  readonly siblings: Siblings
  readonly log: Logger
}

const HOLDS = 'metrics.holds-port'
/** How soon a port that another has is tried again. */
const RETRY_MS = 1000
/** How long a client may take to send its request, and to take any of the answer. */
const PATIENCE_MS = 10_000
const MOST_CONNECTIONS = 32

/**
 * The port that answers Prometheus. Every process of the gateway tries to have it; the one that does answers for all, and when it
 * dies another has it within a second. Who reads slowly is cut off, and who asks while an answer is put together gets the same.
 */
export class MetricsPort {
  readonly #options: MetricsPortOptions
  #server: Server | null = null
  #holds = false
  #retry: NodeJS.Timeout | null = null
  #complained = false
  /** How often in a row the port was not to be had, and none of us had it. */
  #missed = 0
  #closed = false
  #gathering: Promise<Buffer> | null = null

  constructor(options: MetricsPortOptions) {
    this.#options = options
    options.siblings.respond(HOLDS, () => this.#holds)
  }

  /** Tries to have the port, now and for as long as it takes. Resolves after the first try. */
  async open(): Promise<void> {
    const { port, address } = this.#options
    const server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing))
    server.maxConnections = MOST_CONNECTIONS
    server.headersTimeout = PATIENCE_MS
    server.requestTimeout = PATIENCE_MS
    server.setTimeout(PATIENCE_MS)
    server.unref()
    try {
      server.listen({ port, ...(address && { host: address }), exclusive: true })
      await once(server, 'listening')
    } catch (error) {
      await this.#tryLater(error)
      return
    }
    if (this.#closed) {
      server.close()
      return
    }
    this.#server = server
    this.#holds = true
    this.#complained = false
    this.#missed = 0
  }

  /** One line, unless it is one of us that has it. */
  async #tryLater(error: unknown): Promise<void> {
    const { port, siblings, log } = this.#options
    if (this.#closed) return
    this.#retry = setTimeout(() => void this.open(), RETRY_MS)
    this.#retry.unref()
    const answers = await siblings.ask(HOLDS, null)
    this.#missed = answers.some(({ answer }) => answer === true) ? 0 : this.#missed + 1
    // One of us may just be about to have it, or have died with it: the next try tells.
    const isSure = siblings.count === 1 || this.#missed > 1
    if (!isSure || this.#complained || this.#closed || this.#missed === 0) return
    this.#complained = true
    log.error({ code: 'metrics_not_served' }, failure('metrics_not_served', { port, reason: textOf(error) }).message)
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { path, log } = this.#options
    incoming.resume()
    if (incoming.url?.split('?', 1)[0] !== path) {
      outgoing.writeHead(404).end()
      return
    }
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') {
      outgoing.writeHead(405, { Allow: 'GET, HEAD' }).end()
      return
    }
    try {
      this.#gathering ??= this.#gather()
      const body = await this.#gathering
      outgoing.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Content-Length': body.length })
      outgoing.end(incoming.method === 'HEAD' ? undefined : body)
    } catch (error) {
      log.error({ err: error }, textOf(error))
      outgoing.writeHead(500).end()
    }
  }

  #gather(): Promise<Buffer> {
    return this.#options
      .gather()
      .then((text) => Buffer.from(text))
      .finally(() => {
        this.#gathering = null
      })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#holds = false
    if (this.#retry) clearTimeout(this.#retry)
    const server = this.#server
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}
