import type { Dispatcher } from 'undici'
import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { UpstreamCall } from '../chain/upstream-call.ts'
import type { BodyCopy, BodySource } from '../message/body-source.ts'
import { lazyStream } from '../message/body-source.ts'
import type { ClientResponse } from '../message/client-message.ts'
import { isHttp10 } from '../message/framing.ts'
import { notePassed } from '../message/passed-bytes.ts'
import type { Target } from '../upstream/target.ts'
import { isBrokenConnection, isIdempotent, isRepeatable } from './repeatable.ts'
import { clientHeaders, trailerLines } from './response-headers.ts'
import { upstreamError } from './upstream-error.ts'

type Controller = Dispatcher.DispatchController

/** Where the bytes of a response go. */
interface Sink {
  /** Takes a chunk; false asks to be left alone until it resumes the call. */
  write(chunk: Buffer): boolean
  end(trailers: readonly Buffer[]): void
  fail(error: Error): void
}

/** The head of an upstream's response. */
export interface UpstreamHead {
  readonly status: number
  readonly statusText: string
  readonly headers: string[]
  /** Content-Length; -1 where there is none. */
  readonly length: number
}

/** Who waits for the head of a response. */
export interface HeadReceiver {
  /** Takes the head; the body waits until somebody reads, pipes or drains it. */
  receive(head: UpstreamHead, body: BodySource): void
  /** There will be no response. */
  fail(error: Error): void
}

/** One call to the upstream: undici's handler on one side, a source of the response's body on the other. */
export class UpstreamResponse implements Dispatcher.DispatchHandler, BodySource, UpstreamCall {
  readonly #exchange: Exchange
  readonly #receiver: HeadReceiver
  readonly #request: Dispatcher.DispatchOptions
  readonly target: Target
  /** Whether the connection was used before. */
  #reused = false
  /** Whether any of the response has come. */
  #begun = false
  #sentAgain = false
  #informed = false
  #controller: Controller | null = null
  #sink: Sink | null = null
  #copy: BodyCopy | null = null
  #ended: readonly Buffer[] | null = null
  #error: Error | null = null
  #length = -1
  /** How much of the body may still come. */
  #left = Number.POSITIVE_INFINITY
  status = 0
  startedAt = 0
  respondedAt = 0

  /** @param request what is dispatched, kept in case it has to be sent again */
  constructor(exchange: Exchange, receiver: HeadReceiver, target: Target, request: Dispatcher.DispatchOptions) {
    this.#exchange = exchange
    this.#receiver = receiver
    this.target = target
    this.#request = request
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    this.#reused = !this.target.connections.opening
    this.startedAt = performance.now()
    if (this.#error) controller.abort(this.#error)
  }

  onResponseStarted(): void {
    this.#begun = true
  }

  onResponseStart(controller: Controller, status: number, _parsed: unknown, statusText = ''): void {
    const raw = controller.rawHeaders as Buffer[]
    const { headers, length } = clientHeaders(raw)
    if (status < 200) {
      this.#inform(status, headers)
      return
    }
    this.status = status
    this.respondedAt = performance.now()
    this.#length = length
    const limit = this.#exchange.life.limits.responseBody
    if (limit > 0) {
      if (length > limit && this.#exchange.incoming.method !== 'HEAD' && status !== 304) {
        this.#refuse(controller, failure('response_limit', { limit }))
        return
      }
      this.#left = limit
    }
    try {
      this.#receiver.receive({ status, statusText, headers, length }, this)
    } catch (error) {
      this.#refuse(controller, error as Error)
      return
    }
    if (this.#sink === null) controller.pause()
  }

  /** A head that cannot be passed on. */
  #refuse(controller: Controller, error: Error): void {
    this.#error = error
    this.#sink = null
    this.#receiver.fail(error)
    controller.abort(error)
  }

  /** Interim responses are relayed as they come (RFC 9110 §15.2), while the client's response has not begun. */
  #inform(status: number, headers: string[]): void {
    const { outgoing, incoming } = this.#exchange
    if (outgoing.headersSent || isHttp10(incoming)) return
    this.#informed = true
    outgoing.writeInformation(status, headers)
  }

  /** Whether the client has got an interim response. */
  get informed(): boolean {
    return this.#informed
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#left -= chunk.length
    if (this.#left < 0) {
      this.#exceed(controller)
      return
    }
    this.#copy?.chunk(chunk)
    if (this.#sink?.write(chunk) === false) controller.pause()
  }

  /** The head may be out already; then the client has to see that the body is cut short. */
  #exceed(controller: Controller): void {
    const error = failure('response_limit', { limit: this.#exchange.life.limits.responseBody })
    this.#exchange.api.log.warn({ path: this.#exchange.path }, error.message)
    this.#exchange.error = error
    this.#error ??= error
    controller.abort(error)
  }

  onResponseEnd(controller: Controller): void {
    this.target.connections.active -= 1
    const trailers = (controller.rawTrailers ?? []) as Buffer[]
    this.#copy?.end()
    if (this.#sink) this.#sink.end(trailers)
    else this.#ended = trailers
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    if (this.#error === null && this.#isStale(error)) {
      this.#sendAgain()
      return
    }
    this.target.connections.active -= 1
    // What is aborted while it waits for a connection hears of it when that opens, or fails.
    this.#error ??= error
    this.#copy?.fail()
    if (this.status === 0) this.#receiver.fail(this.#error)
    else this.#sink?.fail(this.#error)
  }

  /**
   * Whether the upstream closed a kept connection just when it was used again, so that the request may be sent once more
   * (RFC 9112 §9.3.1). On a new connection the closing is an answer.
   */
  #isStale(error: Error): boolean {
    if (!this.#reused || this.#begun || this.#sentAgain) return false
    return isBrokenConnection(error) && isIdempotent(this.#request.method) && isRepeatable(this.#request.body)
  }

  #sendAgain(): void {
    this.#sentAgain = true
    this.#exchange.trace?.noteAttempt({ host: this.target.host, status: 0, reason: 'reset' })
    this.#controller = null
    this.target.connections.dispatchAlone(this.#request, this)
  }

  abort(reason: Error): void {
    this.#error ??= reason
    this.#controller?.abort(reason)
  }

  cancel(): void {
    this.abort(failure('client_closed', undefined))
  }

  copyTo(copy: BodyCopy): void {
    this.#copy = copy
  }

  /** Lets a response without a body come to its end. */
  drain(): void {
    this.#attach({ write: () => true, end: () => {}, fail: () => {} })
  }

  #attach(sink: Sink): void {
    this.#sink = sink
    if (this.#error) sink.fail(this.#error)
    else if (this.#ended) sink.end(this.#ended)
    else this.#controller?.resume()
  }

  pipeTo(response: ClientResponse): void {
    this.#attach(new ResponseSink(response, this.#length, () => this.#controller?.resume()))
  }

  collect(limit: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      this.#attach({
        write: (chunk) => {
          size += chunk.length
          chunks.push(chunk)
          if (size > limit) {
            reject(failure('response_body_too_large', { limit }))
            this.cancel()
          }
          return true
        },
        end: () => resolve(Buffer.concat(chunks)),
        fail: (error) => reject(upstreamError(error)),
      })
    })
  }

  stream(): ReadableStream<Uint8Array> {
    return lazyStream(
      () =>
        new ChunkQueue(
          (sink) => this.#attach(sink),
          () => this.#controller?.resume(),
        ),
      () => this.cancel(),
    )
  }
}

/** Writes a response straight to the client. */
class ResponseSink implements Sink {
  readonly #response: ClientResponse
  readonly #resume: () => void
  #left: number
  #begun = false
  #ended = false

  /** @param length how many bytes are to come; -1 if that is not known */
  constructor(response: ClientResponse, length: number, resume: () => void) {
    this.#response = response
    this.#left = length
    this.#resume = resume
    process.nextTick(flushHead, this)
  }

  /** Sends the head where no body came with it: an event stream may be silent for long. */
  flush(): void {
    if (!this.#begun && !this.#ended) this.#response.flushHeaders()
  }

  write(chunk: Buffer): boolean {
    const response = this.#response
    this.#begun = true
    // The last chunk of a known length ends the response in the same write.
    if (chunk.length === this.#left) {
      this.#ended = true
      response.end(chunk)
      return true
    }
    if (this.#left > 0) this.#left -= chunk.length
    notePassed(chunk.length)
    if (response.write(chunk)) return true
    response.once('drain', this.#resume)
    return false
  }

  end(trailers: readonly Buffer[]): void {
    if (this.#ended) return
    this.#ended = true
    const response = this.#response
    if (trailers.length > 0) response.addTrailers(trailerLines(trailers))
    response.end()
  }

  /** The head is out already: the client has to see that the body is cut short. */
  fail(): void {
    if (!this.#ended) this.#response.destroy()
  }
}

function flushHead(sink: ResponseSink): void {
  sink.flush()
}

/** Chunks of a response as an async iterator, one at a time. */
class ChunkQueue implements AsyncIterator<Uint8Array>, Sink {
  readonly #resume: () => void
  readonly #chunks: Uint8Array[] = []
  #ended = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  constructor(attach: (sink: Sink) => void, resume: () => void) {
    this.#resume = resume
    attach(this)
  }

  write(chunk: Buffer): boolean {
    this.#chunks.push(new Uint8Array(chunk))
    this.#wake?.()
    return false
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  fail(error: Error): void {
    this.#error = upstreamError(error)
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    while (this.#chunks.length === 0 && !this.#ended && !this.#error) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#resume()
      })
    }
    const value = this.#chunks.shift()
    if (value) return { done: false, value }
    if (this.#error) throw this.#error
    return { done: true, value: undefined }
  }
}
