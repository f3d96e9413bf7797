import type { IncomingHttpHeaders } from 'node:http'
import type { IncomingHttpHeaders as Http2Headers, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { failure, type PosternError } from '../../../errors.ts'
import type { ClientRequest } from '../../message/client-message.ts'

/** A request of HTTP/2 as the rest of the gateway knows requests: `:authority` is its Host, its cookies are one line (RFC 9113 §8.3.1, §8.2.3). */
export class Http2Request implements ClientRequest {
  readonly httpVersion = '2.0'
  readonly httpVersionMajor = 2
  readonly httpVersionMinor = 0
  readonly method: string
  readonly url: string
  readonly rawHeaders: string[]
  readonly headers: IncomingHttpHeaders
  readonly socket: Socket
  readonly startedAt = performance.now()
  /** How large the head would be in HTTP/1, but for its first line. */
  readonly headSize: number
  /** What is wrong with the head; null where nothing is. */
  readonly problem: PosternError | null
  readonly #stream: ServerHttp2Stream
  readonly #atEnd = new Set<() => void>()
  #complete: boolean

  constructor(stream: ServerHttp2Stream, socket: Socket, headers: Http2Headers, raw: readonly string[]) {
    this.#stream = stream
    this.socket = socket
    this.headers = headers
    this.method = headers[':method'] ?? ''
    this.url = headers[':path'] ?? ''
    const { lines, size, hosts } = readLines(raw)
    this.rawHeaders = lines
    this.headSize = size
    this.problem = this.#findProblem(hosts)
    this.#complete = stream.endAfterHeaders
    if (!this.#complete) stream.once('end', () => this.#end())
  }

  /** Node's stream ends in order also where the client has reset it: only its own end is one. */
  #end(): void {
    if (this.#stream.closed) return
    this.#complete = true
    for (const listener of this.#atEnd) listener()
  }

  #findProblem([host, ...others]: readonly string[]): PosternError | null {
    if (!this.url.startsWith('/')) return failure('target_unsupported', { target: this.url })
    if (host === undefined) return failure('request_malformed', { reason: 'it names no host' })
    const other = others.find((name) => name.toLowerCase() !== host.toLowerCase())
    return other === undefined ? null : failure('host_malformed', { host: other })
  }

  get isOpenEnded(): boolean {
    return !this.#stream.endAfterHeaders
  }

  get readableLength(): number {
    return this.#stream.readableLength
  }

  get complete(): boolean {
    return this.#complete
  }

  on(event: string, listener: (chunk: Buffer) => void): this {
    if (event === 'end') this.#atEnd.add(listener as () => void)
    else this.#stream.on(event, listener)
    return this
  }

  off(event: string, listener: (chunk: Buffer) => void): this {
    if (event === 'end') this.#atEnd.delete(listener as () => void)
    else this.#stream.off(event, listener)
    return this
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }
}

interface Lines {
  readonly lines: string[]
  readonly size: number
  /** Every name that the request is for. */
  readonly hosts: string[]
}

/** The header lines, without the pseudo fields and with one Host. */
function readLines(raw: readonly string[]): Lines {
  const lines: string[] = []
  const hosts: string[] = []
  let cookie = -1
  let size = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    size += name.length + value.length + 4
    if (name === ':authority' || name === 'host') {
      hosts.push(value)
      if (hosts.length === 1) lines.push('host', value)
    } else if (name === 'cookie' && cookie >= 0) {
      lines[cookie] += `; ${value}`
    } else if (!name.startsWith(':')) {
      if (name === 'cookie') cookie = lines.length + 1
      lines.push(name, value)
    }
  }
  return { lines, size, hosts }
}
