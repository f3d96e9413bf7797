import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { ClientResponse } from '../../message/client-message.ts'
import { type Flow, unsent } from '../stall-watch.ts'

/** What belongs to a connection of HTTP/1 (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'])
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
/** Whatever is no field content (RFC 9110 §5.5). */
const FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/
/** Written at a time, so that it can be seen whether the client takes any of it. */
const PIECE = 65_536

/** A response of HTTP/2 as the rest of the gateway knows responses. The head goes out with the first of the body, as node:http has it. */
export class Http2Response implements ClientResponse, Flow {
  readonly stream: ServerHttp2Stream
  readonly #socket: Socket
  /** HEAD, 204 and 304 have no body, whatever is written. */
  #bodyless: boolean
  #head: string[] | null = null
  #hasLength = false
  #ended = false
  #abandoned = false
  #written = 0
  statusCode = 200
  shouldKeepAlive = true

  constructor(stream: ServerHttp2Stream, socket: Socket, isHead: boolean) {
    this.stream = stream
    this.#socket = socket
    this.#bodyless = isHead
  }

  get headersSent(): boolean {
    return this.#head !== null
  }

  get destroyed(): boolean {
    return this.stream.destroyed || this.stream.closed
  }

  get writableFinished(): boolean {
    return this.#ended && !this.#abandoned && this.stream.writableFinished && !this.stream.aborted
  }

  /** @throws if a name or a value may not be sent, or the head is settled already */
  writeHead(status: number, _reason: string, headers: readonly string[]): void {
    if (this.#head) throw new Error('the head of the response is settled already')
    if (status < 200 || status > 599) throw new RangeError(`HTTP/2 has no status ${status}`)
    const head = [':status', String(status)]
    eachField(headers, (name, value) => {
      if (name === 'content-length') this.#hasLength = true
      head.push(name, value)
    })
    this.#head = head
    this.statusCode = status
    if (status === 204 || status === 304) this.#bodyless = true
  }

  writeInformation(status: number, headers: readonly string[]): void {
    if (this.headersSent || this.destroyed || status === 101) return
    this.stream.additionalHeaders({ ...fieldsOf(headers), ':status': status })
  }

  writeContinue(): void {
    this.writeInformation(100, [])
  }

  flushHeaders(): void {
    this.#respond(this.#bodyless)
  }

  #respond(endStream: boolean): void {
    if (this.#head === null) this.writeHead(this.statusCode, '', [])
    if (this.stream.headersSent || this.destroyed) return
    // Only where the length is not told can there be trailers: those of a chunked response.
    this.stream.respond(this.#head as string[], { endStream, waitForTrailers: !endStream && !this.#hasLength })
  }

  write(chunk: Uint8Array): boolean {
    this.#respond(this.#bodyless)
    if (this.#bodyless || this.destroyed) return true
    let more = true
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.length <= PIECE ? chunk : chunk.subarray(at, at + PIECE)
      this.#written += piece.length
      more = this.stream.write(piece)
    }
    return more
  }

  end(chunk?: Uint8Array): void {
    if (this.#ended) return
    const hasContent = chunk !== undefined && chunk.length > 0
    if (hasContent) this.write(chunk)
    this.#ended = true
    const isBare = !hasContent && !this.stream.headersSent && this.stream.listenerCount('wantTrailers') === 0
    this.#respond(isBare || this.#bodyless)
    if (this.destroyed) return
    // RFC 9113 §8.1: what is left of a request whose answer is out is not asked for.
    if (!this.stream.endAfterHeaders) this.stream.once('finish', () => this.stream.readableEnded || this.stream.close())
    this.stream.end()
  }

  addTrailers(lines: readonly [name: string, value: string][]): void {
    if (this.#bodyless || this.#hasLength) return
    const trailers = fieldsOf(lines.flat())
    this.stream.once('wantTrailers', () => this.stream.sendTrailers(trailers))
  }

  /** Not `close()`: that would end the response in order first, and a client could take it for complete. */
  destroy(): void {
    this.stream.destroy(new Error('the response is cut short'))
  }

  /** What is sent from now on is no answer to the request: whatever runs for that is to stop. */
  abandon(): void {
    this.#abandoned = true
  }

  on(event: string, listener: () => void): this {
    this.stream.on(event, listener)
    return this
  }

  once(event: string, listener: () => void): this {
    this.stream.once(event, listener)
    return this
  }

  off(event: string, listener: () => void): this {
    this.stream.off(event, listener)
    return this
  }

  // What waits for the client

  get waiting(): number {
    return this.stream.writableLength
  }

  get progress(): number {
    return this.#written - this.stream.writableLength
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress
  }

  /** Where even the connection is stuck, nothing else on it gets through either. */
  cut(): void {
    this.destroy()
    if (unsent(this.#socket) > 0) this.#socket.destroy()
  }
}

/** The fields that HTTP/2 has as well. @throws for one that may not be sent */
function eachField(lines: readonly string[], take: (name: string, value: string) => void): void {
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase()
    const value = lines[i + 1] as string
    if (!TOKEN.test(name)) throw new TypeError(`"${name}" is not a header name`)
    if (FORBIDDEN.test(value)) throw new TypeError(`the value of "${name}" has a character that none may have`)
    if (!CONNECTION_FIELDS.has(name)) take(name, value)
  }
}

function fieldsOf(lines: readonly string[]): OutgoingHttpHeaders {
  const fields: Record<string, string | string[]> = {}
  eachField(lines, (name, value) => {
    const before = fields[name]
    fields[name] = before === undefined ? value : [before, value].flat()
  })
  return fields
}
