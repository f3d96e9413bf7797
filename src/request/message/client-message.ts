import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

/** A request of a client, whatever the protocol it came in by: node:http's own, or one of HTTP/2 in its shape. */
export interface ClientRequest {
  readonly method?: string | undefined
  /** The request target. */
  readonly url?: string | undefined
  readonly httpVersion: string
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  /** Names and values in turn, as they came. */
  readonly rawHeaders: string[]
  /** By name in lower case. */
  readonly headers: IncomingHttpHeaders
  readonly socket: Socket
  /** In HTTP/2: a body follows, which is as long as it says where it says so. */
  readonly isOpenEnded?: boolean
  /** How much of the body has arrived, and waits to be read, in bytes. */
  readonly readableLength: number
  /** Whether all of it has arrived. */
  readonly complete: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): this
  on(event: 'end' | 'close', listener: () => void): this
  off(event: 'data', listener: (chunk: Buffer) => void): this
  off(event: 'end' | 'close', listener: () => void): this
  pause(): unknown
  resume(): unknown
}

/** There is room for more; all of it is handed over; there will be nothing more. */
type ResponseEvent = 'drain' | 'finish' | 'close'

/** The response to a {@link ClientRequest}. */
export interface ClientResponse {
  readonly statusCode: number
  /** Whether the head is settled. */
  readonly headersSent: boolean
  readonly destroyed: boolean
  /** Whether all of it has been handed to the system. */
  readonly writableFinished: boolean
  /** Whether the connection may be used on; of no effect in HTTP/2. */
  shouldKeepAlive: boolean
  /** @throws if a name or a value may not be sent */
  writeHead(status: number, reason: string, headers: string[]): unknown
  writeInformation(status: number, headers: string[]): unknown
  writeContinue(): unknown
  flushHeaders(): unknown
  /** Takes a chunk; false asks to wait for `drain`. */
  write(chunk: Uint8Array): boolean
  end(chunk?: Uint8Array): unknown
  /** Trailers, before the end. */
  addTrailers(lines: [name: string, value: string][]): unknown
  on(event: ResponseEvent, listener: () => void): this
  once(event: ResponseEvent, listener: () => void): this
  off(event: ResponseEvent, listener: () => void): this
  /** Cuts the response short, so that the client can see it. */
  destroy(): unknown
}
