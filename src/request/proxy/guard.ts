import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { BodySource } from '../message/body-source.ts'
import { isOfUpstream } from './upstream-error.ts'
import type { HeadReceiver, UpstreamHead } from './upstream-response.ts'

/** The receiver itself, unless the request has a time to keep to, or somebody who wants to know how it ends. */
export function guarded(exchange: Exchange, receiver: HeadReceiver): HeadReceiver {
  return exchange.timeoutMs === 0 && exchange.outcome === null ? receiver : new Guard(exchange, receiver)
}

/** Ends a request whose response does not begin in time, all attempts taken together, and tells how it ended. */
class Guard implements HeadReceiver {
  readonly #exchange: Exchange
  readonly #receiver: HeadReceiver
  #timer: NodeJS.Timeout | undefined
  /** When the time was last over, it was the client who was waited for. */
  #waitedForClient = false
  #expired = false
  #told = false

  constructor(exchange: Exchange, receiver: HeadReceiver) {
    this.#exchange = exchange
    this.#receiver = receiver
    if (exchange.timeoutMs > 0) this.#start()
  }

  #start(): void {
    this.#timer = setTimeout(() => this.#expire(), this.#exchange.timeoutMs)
  }

  #expire(): void {
    const { incoming, call } = this.#exchange
    // Time that the client takes to send is not the upstream's, which has all of its own after that.
    const waitsForClient = !incoming.complete && incoming.readableLength === 0
    if (waitsForClient || this.#waitedForClient) {
      this.#waitedForClient = waitsForClient
      this.#start()
      return
    }
    const reason = failure('upstream_timeout', undefined)
    this.#tell('failed')
    this.#expired = true
    call?.abort(reason)
    this.#receiver.fail(reason)
  }

  receive(head: UpstreamHead, body: BodySource): void {
    if (this.#expired) {
      body.cancel()
      return
    }
    clearTimeout(this.#timer)
    this.#tell(head.status >= 500 ? 'failed' : 'succeeded')
    this.#receiver.receive(head, body)
  }

  fail(error: Error): void {
    if (this.#expired) return
    clearTimeout(this.#timer)
    this.#tell(isOfUpstream(error) ? 'failed' : 'abandoned')
    this.#receiver.fail(error)
  }

  #tell(how: 'succeeded' | 'failed' | 'abandoned'): void {
    if (!this.#told) this.#exchange.outcome?.[how]()
    this.#told = true
  }
}
