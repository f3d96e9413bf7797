import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { failure } from '../../../errors.ts'
import type { Limits, Timeouts } from '../limits.ts'
import { EXPECTS_CONTINUE, PLAIN, type Reception } from '../reception.ts'
import type { StallWatch } from '../stall-watch.ts'
import { Http2Request } from './http2-request.ts'
import { Http2Response } from './http2-response.ts'

export interface Http2Options {
  readonly reception: Reception
  readonly limits: Limits
  readonly timeouts: Timeouts
  /** How long a client may take for its first request, in milliseconds. */
  readonly firstMs: number
  /** How long a connection without requests stays open, in milliseconds. */
  readonly idleMs: number
  readonly stalls: StallWatch | null
}

/** Requests that one client may have under way. */
const MOST_STREAMS = 128
/** How much of one body, and of all bodies of a connection, a client may send before somebody reads. */
const STREAM_WINDOW = 256 * 1024
const CONNECTION_WINDOW = 1024 * 1024
/** How long a client has to close a connection that the gateway has closed. */
const LINGER_MS = 1000

interface Open {
  readonly session: ServerHttp2Session
  readonly socket: Socket
  /** Requests that have not ended. */
  readonly requests: Map<Http2Request, Http2Response>
  readonly openedAt: number
  /** Whether a request has come. */
  used: boolean
  /** When it was seen to have ended, on this side; 0 before. */
  endedAt: number
}

/** The connections of a listener that speak HTTP/2 (RFC 9113). Node's session does the frames; requests and responses are the gateway's own. */
export class Http2Sessions {
  readonly #options: Http2Options
  readonly #open = new Set<Open>()
  #timer: NodeJS.Timeout | null = null
  #closing = false

  constructor(options: Http2Options) {
    this.#options = options
  }

  /** Serves a connection whose client is about to send the preface. */
  serve(socket: Socket): void {
    const { limits, idleMs } = this.#options
    // The client's end is the end: there are no half-open connections in HTTP/2.
    socket.allowHalfOpen = false
    const session = performServerHandshake(socket, {
      // Somewhat more than is let pass, so that what exceeds it by little is answered with a 431.
      maxHeaderListPairs: 2 * limits.headerCount + 16,
      strictSingleValueFields: false,
      settings: {
        maxConcurrentStreams: MOST_STREAMS,
        maxHeaderListSize: 2 * limits.headerSize,
        initialWindowSize: STREAM_WINDOW,
        enablePush: false,
      },
    })
    const open: Open = { session, socket, requests: new Map(), openedAt: performance.now(), used: false, endedAt: 0 }
    this.#open.add(open)
    this.#timer ??= this.#startTimer()
    session.on('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW))
    session.on('stream', (stream, headers, _flags, raw) => this.#take(open, stream, headers, raw as unknown as string[]))
    session.on('error', ignore)
    session.on('frameError', ignore)
    session.setTimeout(idleMs, () => open.requests.size === 0 && session.close())
    socket.once('close', () => this.#open.delete(open))
    if (this.#closing) session.close()
  }

  #take(open: Open, stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    stream.on('error', ignore) // a stream that is reset; its 'close' tells as much
    if (stream.destroyed || stream.closed) return
    open.used = true
    const { reception, limits, stalls } = this.#options
    const request = new Http2Request(stream, open.socket, headers, raw)
    const response = new Http2Response(stream, open.socket, request.method === 'HEAD')
    open.requests.set(request, response)
    stalls?.add(response)
    stream.once('close', () => {
      open.requests.delete(request)
      stalls?.delete(response)
    })
    const tooLarge = request.headSize > limits.headerSize
    const problem = tooLarge ? failure('headers_too_large', { limit: limits.headerSize }) : request.problem
    if (problem) reception.refuse(request, response, problem)
    else reception.take(request, response, /^100-continue$/i.test(headers.expect ?? '') ? EXPECTS_CONTINUE : PLAIN)
  }

  #startTimer(): NodeJS.Timeout {
    const { firstMs, timeouts } = this.#options
    const timer = setInterval(() => this.#look(timeouts.read), Math.min(Math.max(firstMs / 4, 10), LINGER_MS))
    return timer.unref()
  }

  /** Requests that take too long to arrive, and connections that their clients do not close. */
  #look(readMs: number): void {
    const now = performance.now()
    for (const open of this.#open) {
      if (readMs > 0) this.#endLate(open, now - readMs)
      if (!open.used && now - open.openedAt > this.#options.firstMs) open.session.close()
      if (!open.session.destroyed) continue
      open.endedAt ||= now
      if (now - open.endedAt >= LINGER_MS) open.socket.destroy()
    }
  }

  #endLate({ requests }: Open, begunBefore: number): void {
    for (const [request, response] of requests) {
      if (request.startedAt > begunBefore || request.complete) continue
      requests.delete(request)
      if (response.headersSent) {
        response.destroy()
        continue
      }
      response.abandon()
      this.#options.reception.refuse(request, response, failure('request_timeout', undefined))
    }
  }

  /** Tells clients to send no more requests, and ends with those that are under way. */
  close(): void {
    this.#closing = true
    for (const { session } of this.#open) session.close()
  }

  cut(): void {
    for (const { session, socket } of this.#open) {
      session.destroy()
      socket.destroy()
    }
    this.dispose()
  }

  dispose(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }
}

function ignore(): void {}
