import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BodySource, lazyStream, recall, remember, streamOf } from './body-source.ts'
import type { ClientResponse } from './client-message.ts'
import { decode, decoders, isCoded } from './content-coding.ts'
import { HeaderList, linesOf, reconcile } from './header-list.ts'
import { bodyAtHand } from './in-memory.ts'
import { asBlob, asFormData, asText, asTextStream } from './read-body.ts'

/** A response's body: none, bytes at hand, a source on its way, or a web stream that a plugin made. */
export type Content = null | Uint8Array | BodySource | ReadableStream<Uint8Array>

/** What a {@link LazyResponse} is made from. */
export interface ResponseOrigin {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  readonly content: Content
  /** How many bytes of a body a plugin may have read and kept. */
  readonly limit: number
}

/**
 * A response as a Fetch `Response` that costs nothing until it is used. Headers are a {@link HeaderList} over the raw
 * list; the body is not read before a plugin asks, may then be read any number of times, and still goes to the client
 * byte for byte. Readers (`text()`, `json()`, `body`, …) see it decoded from its Content-Encoding, as `fetch` would.
 */
export class LazyResponse implements Response {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  /** Whether headers that plugins prepared are in it already. */
  prepared = false
  #content: Content
  #stream: ReadableStream<Uint8Array> | null = null
  #kept: Promise<Buffer> | null = null
  readonly #limit: number

  constructor({ status, statusText, headers, content, limit }: ResponseOrigin) {
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.#content = content
    this.#limit = limit
  }

  /**
   * Takes over a response that a plugin made. A body of ours that comes back unread is the source it stands for.
   *
   * @param original headers whose spelling and order are kept where the response has them too
   */
  static from(response: Response, limit: number, original?: HeaderList | null): LazyResponse {
    if (response instanceof LazyResponse) return response
    const headers = new HeaderList(original ? reconcile(original.raw, response.headers) : linesOf(response.headers))
    if (response.url !== '') {
      // Fetched: the body is decoded already, the headers still tell of the coded one.
      headers.delete('content-encoding')
      headers.delete('content-length')
    }
    const content = bodyAtHand(response) ?? contentOf(response.body)
    return new LazyResponse({ status: response.status, statusText: response.statusText, headers, content, limit })
  }

  /** The body as it goes to the client; bytes once it was read. */
  get content(): Content | Promise<Buffer> {
    return this.#content === null ? null : (this.#kept ?? this.#content)
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299
  }
  get redirected(): boolean {
    return false
  }
  get type(): Response['type'] {
    return 'default'
  }
  get url(): string {
    return ''
  }
  get bodyUsed(): false {
    return false
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#content === null) return null
    const stream = this.#kept ? this.#keptStream() : this.#openStream(this.#content)
    return stream as ReadableStream<Uint8Array<ArrayBuffer>>
  }

  #openStream(content: Exclude<Content, null>): ReadableStream<Uint8Array> {
    if (content instanceof Uint8Array) return this.#coded() ? this.#keptStream() : streamOf(content)
    if (content instanceof ReadableStream) return content
    this.#stream ??= this.#sourceStream(content)
    return this.#stream
  }

  #sourceStream(source: BodySource): ReadableStream<Uint8Array> {
    const raw = source.stream()
    if (!this.#coded()) {
      remember(raw, source)
      return raw
    }
    const coding = this.headers.get('content-encoding')
    const decoded = lazyStream(
      () => decodedChunks(raw, coding),
      () => source.cancel(),
    )
    remember(decoded, source)
    return decoded
  }

  #keptStream(): ReadableStream<Uint8Array> {
    const read = () => this.bytes()
    return lazyStream(
      async function* () {
        const bytes = await read()
        if (bytes.byteLength > 0) yield bytes
      },
      () => {},
    )
  }

  #coded(): boolean {
    return isCoded(this.headers.get('content-encoding'))
  }

  /** The body as it came, read once and kept. */
  #keep(): Promise<Buffer> {
    this.#kept ??= this.#collect()
    return this.#kept
  }

  async #collect(): Promise<Buffer> {
    const content = this.#content
    if (content === null) return Buffer.alloc(0)
    if (content instanceof Uint8Array) return Buffer.from(content.buffer, content.byteOffset, content.byteLength)
    if (content instanceof ReadableStream)
      return Buffer.from(await new Response(content as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
    return content.collect(this.#limit)
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const coding = this.headers.get('content-encoding')
    const bytes = await this.#keep()
    // A plugin's own stream is taken as it is: only bytes that came from the upstream are known to be coded.
    const readable = this.#content instanceof ReadableStream ? bytes : await decode(bytes, coding, this.#limit)
    return new Uint8Array(readable)
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer
  }

  async text(): Promise<string> {
    return asText(await this.bytes())
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async blob(): Promise<Blob> {
    return asBlob(await this.bytes(), this.headers.get('content-type'))
  }

  async formData(): Promise<FormData> {
    return asFormData(await this.bytes(), this.headers.get('content-type'))
  }

  textStream(): ReadableStream<string> {
    return asTextStream(this.body)
  }

  /** A copy that may be read and changed apart from this one; the body is read once, for both, when either is read. */
  clone(): LazyResponse {
    const { status, statusText, headers } = this
    const content = this.#content === null ? null : new SharedBody(() => this.#keep())
    return new LazyResponse({ status, statusText, headers: new HeaderList(headers.raw.slice()), content, limit: this.#limit })
  }

  /** A response whose headers change apart from this one's; the body is the same. */
  fork(): LazyResponse {
    const { status, statusText, headers } = this
    const fork = new LazyResponse({
      status,
      statusText,
      headers: new HeaderList(headers.raw.slice()),
      content: this.#content,
      limit: this.#limit,
    })
    fork.prepared = this.prepared
    fork.#kept = this.#kept
    return fork
  }

  /** Gives the body up, where nobody will read it. */
  cancel(): void {
    const content = this.#content
    if (this.#kept || content === null || content instanceof Uint8Array) return
    if (content instanceof ReadableStream) content.cancel().catch(() => {})
    else content.cancel()
  }
}

Object.setPrototypeOf(LazyResponse.prototype, Response.prototype)

function contentOf(stream: ReadableStream<Uint8Array> | null): Content {
  return stream === null ? null : ((recall(stream) as BodySource | undefined) ?? stream)
}

async function* decodedChunks(raw: ReadableStream<Uint8Array>, coding: string | null): AsyncGenerator<Uint8Array> {
  const transforms = decoders(coding)
  const last = transforms.at(-1)
  if (!last) return yield* raw
  const flow = pipeline([Readable.fromWeb(raw as never), ...transforms] as never)
  flow.catch(() => {}) // the last transform is destroyed with the same error, and tells whoever reads
  yield* last as AsyncIterable<Uint8Array>
}

/** The body of a clone: what the original keeps. */
class SharedBody implements BodySource {
  readonly #read: () => Promise<Buffer>

  constructor(read: () => Promise<Buffer>) {
    this.#read = read
  }

  pipeTo(response: ClientResponse): void {
    this.#read().then(
      (bytes) => response.end(bytes),
      () => response.destroy(),
    )
  }

  stream(): ReadableStream<Uint8Array> {
    const read = this.#read
    return lazyStream(
      async function* () {
        yield new Uint8Array(await read())
      },
      () => {},
    )
  }

  collect(): Promise<Buffer> {
    return this.#read()
  }

  drain(): void {}

  cancel(): void {}
}
