import { Readable } from 'node:stream'
import { failure } from '../../errors.ts'
import { lazyStream, remember } from './body-source.ts'
import type { ClientRequest } from './client-message.ts'
import { notePassed } from './passed-bytes.ts'
import type { Payload } from './payload.ts'

/** What a {@link RequestBody} is made from. */
export interface BodyOrigin {
  readonly incoming: ClientRequest
  /** Content-Length, or null where it is not told beforehand. */
  readonly length: number | null
  /** How many bytes a plugin may have kept. */
  readonly limit: number
  /** How many bytes there may be at all; 0 means any number. */
  readonly ceiling: number
  /** Runs when there are more; returns what the request fails with. */
  readonly onCeiling: () => Error
  /** Runs before the first byte is asked for (it answers `Expect: 100-continue`). */
  readonly beforeRead: () => void
}

/**
 * The client's request body. Untouched, it streams to the upstream under backpressure; once a plugin has read it, it is
 * kept byte for byte, every plugin can read it anew, and it still goes upstream.
 */
export class RequestBody {
  readonly #incoming: ClientRequest
  readonly #limit: number
  readonly #length: number | null
  readonly #ceiling: number
  readonly #onCeiling: () => Error
  readonly #beforeRead: () => void
  #kept: Promise<Buffer> | null = null
  #bytes: Buffer | null = null

  constructor({ incoming, length, limit, ceiling, onCeiling, beforeRead }: BodyOrigin) {
    this.#incoming = incoming
    this.#length = length
    this.#limit = limit
    this.#ceiling = ceiling
    this.#onCeiling = onCeiling
    this.#beforeRead = beforeRead
  }

  /** The whole body. Rejects with `request_body_too_large` beyond the limit; a declared length is refused unread. */
  bytes(): Promise<Buffer> {
    if (this.#kept) return this.#kept
    if (this.#length !== null && this.#length > this.#limit) {
      return Promise.reject(failure('request_body_too_large', { limit: this.#limit }))
    }
    this.#kept = this.#collect()
    this.#kept.then((bytes) => {
      this.#bytes = bytes
    }, ignore)
    return this.#kept
  }

  /** What is kept of it, once somebody has read it all; null before. */
  get kept(): Buffer | null {
    return this.#bytes
  }

  #collect(): Promise<Buffer> {
    this.#beforeRead()
    const incoming = this.#incoming
    const limit = this.#limit
    const ceiling = this.#ceiling || Number.POSITIVE_INFINITY
    const most = Math.min(limit, ceiling)
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        const isFirstTooMany = size <= most && size + chunk.length > most
        size += chunk.length
        if (size <= most) chunks.push(chunk)
        else if (isFirstTooMany) reject(ceiling <= limit ? this.#onCeiling() : failure('request_body_too_large', { limit }))
      })
      incoming.on('end', () => resolve(Buffer.concat(chunks)))
      incoming.on('close', () => reject(failure('body_aborted', undefined)))
    })
  }

  /** A web stream of the body, a new one each time; unread, it stands for the body itself. */
  stream(): ReadableStream<Uint8Array> {
    const body = this
    const stream = lazyStream(
      async function* () {
        const bytes = await body.bytes()
        if (bytes.length > 0) yield new Uint8Array(bytes)
      },
      () => {},
    )
    remember(stream, this)
    return stream
  }

  /** What goes upstream: the kept bytes if a plugin has read (or is reading) the body, else the stream itself. */
  payload(): Payload | Promise<Payload> {
    if (this.#bytes) return payloadOf(this.#bytes)
    if (this.#kept) return this.#kept.then(payloadOf)
    this.#beforeRead()
    const upload =
      this.#ceiling > 0 ? new CappedUpload(this.#incoming, this.#ceiling, this.#onCeiling) : new Upload(this.#incoming)
    return { body: upload, length: this.#length ?? -1 }
  }
}

export function payloadOf(bytes: Buffer): Payload {
  return { body: bytes, length: bytes.length }
}

function ignore(): void {}

/**
 * The client's upload as a stream of its own. undici destroys the body it was given when a request fails, and destroying
 * an IncomingMessage would cut off the client before it has its answer.
 */
class Upload extends Readable {
  readonly #incoming: ClientRequest

  constructor(incoming: ClientRequest) {
    super({ highWaterMark: 65_536 })
    this.#incoming = incoming
    incoming.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
    incoming.pause()
  }

  readonly #onData = (chunk: Buffer): void => this.accept(chunk)

  protected accept(chunk: Buffer): void {
    notePassed(chunk.length)
    if (!this.push(chunk)) this.#incoming.pause()
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }

  readonly #onClose = (): void => {
    if (!this.#incoming.complete) this.destroy(failure('body_aborted', undefined))
  }

  override _read(): void {
    this.#incoming.resume()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#incoming.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
    if (!this.#incoming.complete) this.#incoming.resume() // what is left is read away, so that the answer gets through
    callback(error)
  }
}

/** An upload that fails once it has become too large; a length that is told beforehand was looked at before. */
class CappedUpload extends Upload {
  #left: number
  readonly #onCeiling: () => Error

  constructor(incoming: ClientRequest, ceiling: number, onCeiling: () => Error) {
    super(incoming)
    this.#left = ceiling
    this.#onCeiling = onCeiling
  }

  protected override accept(chunk: Buffer): void {
    if (this.destroyed) return
    this.#left -= chunk.length
    if (this.#left < 0) this.destroy(this.#onCeiling())
    else super.accept(chunk)
  }
}
