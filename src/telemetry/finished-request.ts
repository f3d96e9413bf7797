import { type ErrorCode, isFailure } from '../errors.ts'
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
  #headers: KnownHeaders | null = null

  constructor(exchange: Exchange) {
    const { call, gone, outgoing, startedAt, upgrade, trace } = exchange
    trace?.close(exchange)
    const now = performance.now()
    this.exchange = exchange
    this.totalMs = now - startedAt
    this.upstreamMs = call && call.startedAt > 0 ? (call.respondedAt || now) - call.startedAt : 0
    this.receivedAt = Date.now() - this.totalMs
    // The head of an answer that changes protocol is not written as others are.
    const isTunnel = upgrade !== null && call?.status === 101
    this.status = isTunnel ? 101 : gone && !outgoing.headersSent ? 499 : outgoing.statusCode
  }

  /** What is left of the time without the upstream's, in milliseconds. */
  get gatewayMs(): number {
    return this.totalMs - this.upstreamMs
  }

  /** Headers of the client's that records tell of, found in one go. */
  get headers(): KnownHeaders {
    this.#headers ??= knownHeaders(this.exchange.incoming.rawHeaders)
    return this.#headers
  }

  /** What it failed with, of the error catalogue: the answer's error, or else the last failure of a plugin that was not skipped; null for none. */
  get failure(): ErrorCode | null {
    const { error, pluginFailures, gone, outgoing } = this.exchange
    if (error === undefined && pluginFailures === null)
      return this.status === 499 && gone && !outgoing.headersSent ? 'client_closed' : null
    if (isFailure(error)) return error.code
    return pluginFailures?.findLast(({ skipped }) => !skipped)?.code ?? null
  }
}

/** '' where the client did not send it. */
export interface KnownHeaders {
  readonly host: string
  readonly userAgent: string
  /** Of the trace that the request belongs to, as `traceparent` (W3C Trace Context) has it: 32 hexadecimal digits. */
  readonly traceId: string
}

const HOST = 'host'
const USER_AGENT = 'user-agent'
const TRACE_PARENT = 'traceparent'
const TRACE_ID = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/

/** The first lines of these names, told apart by their lengths first. */
export function knownHeaders(raw: readonly string[]): KnownHeaders {
  let host = ''
  let userAgent = ''
  let traceId = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (name.length === HOST.length && host === '' && name.toLowerCase() === HOST) host = value
    else if (name.length === USER_AGENT.length && userAgent === '' && name.toLowerCase() === USER_AGENT) userAgent = value
    else if (name.length === TRACE_PARENT.length && traceId === '' && name.toLowerCase() === TRACE_PARENT)
      traceId = TRACE_ID.exec(value)?.[1] ?? ''
  }
  return { host, userAgent, traceId }
}

/** Is told of every request that has ended. It may not throw, and what takes time it does later. */
export type RequestObserver = (finished: FinishedRequest) => void
