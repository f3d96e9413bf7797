import { HeaderList } from './header-list.ts'
import { asBlob, asFormData, asText, asTextStream } from './read-body.ts'

/** A body that can be read any number of times. */
export interface RequestSource {
  bytes(): Promise<Buffer>
  stream(): ReadableStream<Uint8Array>
}

/** What a {@link LazyRequest} is made from. */
export interface RequestOrigin {
  readonly method: string
  /** The absolute URL, with path and query byte for byte as the client sent them. */
  readonly url: () => string
  readonly headers: HeaderList
  readonly body: () => RequestSource | null
  /** Aborts when the client goes away. */
  readonly signal: () => AbortSignal
}

/**
 * The client's request as a Fetch `Request` that costs nothing until it is used: headers are a {@link HeaderList} over
 * the raw list, the body is not touched before it is read, and may be read any number of times.
 */
export class LazyRequest implements Request {
  readonly #origin: RequestOrigin

  constructor(origin: RequestOrigin) {
    this.#origin = origin
  }

  get method(): string {
    return this.#origin.method
  }

  get url(): string {
    return this.#origin.url()
  }

  get headers(): HeaderList {
    return this.#origin.headers
  }

  get signal(): AbortSignal {
    return this.#origin.signal()
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    return (this.#origin.body()?.stream() ?? null) as ReadableStream<Uint8Array<ArrayBuffer>> | null
  }

  get bodyUsed(): false {
    return false
  }

  // The rest of the interface, as a request made by `new Request(url)` has it.
  get cache(): Request['cache'] {
    return 'default'
  }
  get credentials(): Request['credentials'] {
    return 'same-origin'
  }
  get destination(): Request['destination'] {
    return ''
  }
  get duplex(): 'half' {
    return 'half'
  }
  get integrity(): string {
    return ''
  }
  get keepalive(): boolean {
    return false
  }
  get mode(): Request['mode'] {
    return 'cors'
  }
  get redirect(): Request['redirect'] {
    return 'follow'
  }
  get referrer(): string {
    return 'about:client'
  }
  get referrerPolicy(): Request['referrerPolicy'] {
    return ''
  }

  #bytes(): Promise<Buffer> {
    return this.#origin.body()?.bytes() ?? Promise.resolve(Buffer.alloc(0))
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.#bytes())
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer
  }

  async text(): Promise<string> {
    return asText(await this.#bytes())
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

  /** The same request, headers and body included, with another signal. */
  withSignal(signal: () => AbortSignal): LazyRequest {
    return new LazyRequest({ ...this.#origin, signal })
  }

  /** The same request, headers and body included, with another method. */
  withMethod(method: string): LazyRequest {
    return new LazyRequest({ ...this.#origin, method })
  }

  /** A request whose headers change apart from this one's; the body is the same. */
  clone(): LazyRequest {
    const { method, url, headers, body, signal } = this.#origin
    return new LazyRequest({ method, url, headers: new HeaderList(headers.raw.slice()), body, signal })
  }
}

Object.setPrototypeOf(LazyRequest.prototype, Request.prototype)
