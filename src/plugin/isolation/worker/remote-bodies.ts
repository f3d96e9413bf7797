import { type BodySource, lazyStream, remember } from '../../../request/message/body-source.ts'
import type { RequestSource } from '../../../request/message/lazy-request.ts'
import type { GatewayMethods } from '../protocol.ts'
import type { Wire } from '../wire.ts'

type Gateway = Wire<GatewayMethods>

/** The request's body, which stays in the gateway until a plugin reads it. */
export class RemoteRequestBody implements RequestSource {
  readonly #gateway: Gateway
  readonly #call: number
  #kept: Promise<Buffer> | null = null

  constructor(gateway: Gateway, call: number) {
    this.#gateway = gateway
    this.#call = call
  }

  bytes(): Promise<Buffer> {
    this.#kept ??= this.#gateway.ask('readRequest', this.#call).then(asBuffer)
    return this.#kept
  }

  stream(): ReadableStream<Uint8Array> {
    const read = () => this.bytes()
    const stream = lazyStream(
      async function* () {
        const bytes = await read()
        if (bytes.length > 0) yield new Uint8Array(bytes)
      },
      () => {},
    )
    remember(stream, this)
    return stream
  }
}

/** The response's body, likewise. */
export class RemoteResponseBody implements BodySource {
  readonly #gateway: Gateway
  readonly #call: number

  constructor(gateway: Gateway, call: number) {
    this.#gateway = gateway
    this.#call = call
  }

  /** The gateway keeps to the limit. */
  collect(): Promise<Buffer> {
    return this.#gateway.ask('readResponse', this.#call).then(asBuffer)
  }

  stream(): ReadableStream<Uint8Array> {
    const pull = () => this.#gateway.ask('pullResponse', this.#call)
    return lazyStream(
      async function* () {
        for (let chunk = await pull(); chunk !== null; chunk = await pull()) yield chunk
      },
      () => this.#gateway.tell('cancelResponse', this.#call),
    )
  }

  /** A client is nowhere near. */
  pipeTo(): void {}

  drain(): void {}

  /** What becomes of a body that is replaced is for the gateway to say. */
  cancel(): void {}
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
