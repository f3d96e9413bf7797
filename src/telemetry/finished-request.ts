import type { Exchange } from '../request/chain/exchange.ts'

/** A request that has ended, however it did, as everything sees it that records requests: one object for all of them. */
export class FinishedRequest {
  readonly exchange: Exchange
  /** The time in Unix milliseconds at which it came in. */
  readonly receivedAt: number
  /** From its first step to the last byte of its response, in milliseconds. */
  readonly totalMs: number
  /** How long the upstream took to begin its response, in milliseconds; 0 where it was not asked. */
  readonly upstreamMs: number
  /** The status the client got; 499, nginx's code, where it went away before it was answered. */
  readonly status: number

  constructor(exchange: Exchange) {
    const { call, gone, outgoing, startedAt } = exchange
    const now = performance.now()
    this.exchange = exchange
    this.totalMs = now - startedAt
    this.upstreamMs = call && call.startedAt > 0 ? (call.respondedAt || now) - call.startedAt : 0
    this.receivedAt = Date.now() - this.totalMs
    this.status = gone && !outgoing.headersSent ? 499 : outgoing.statusCode
  }

  /** What is left of the time without the upstream's, in milliseconds. */
  get gatewayMs(): number {
    return this.totalMs - this.upstreamMs
  }
}

/** Is told of every request that has ended. It may not throw, and what takes time it does later. */
export type RequestObserver = (finished: FinishedRequest) => void

/** Milliseconds as records show them: to the microsecond. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
