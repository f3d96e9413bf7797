import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'

/** A response of HTTP/2 as it arrived. */
export interface Http2Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Names and values in turn. */
  readonly raw: readonly string[]
  readonly interim: readonly IncomingHttpHeaders[]
  readonly text: string
  readonly trailers: IncomingHttpHeaders
  /** The code that the server reset the stream with; 0 if it came to its end. */
  readonly code: number
}

/** A connection of a client that speaks HTTP/2. */
export interface Http2Client extends AsyncDisposable {
  readonly session: ClientHttp2Session
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream
  ask(headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Http2Answer>
}

export async function openHttp2(url: string): Promise<Http2Client> {
  const session = connect(url, { rejectUnauthorized: false })
  session.on('error', () => {})
  await once(session, 'connect')
  const open = (headers: OutgoingHttpHeaders) => session.request({ ':path': '/api/', ...headers }, { endStream: false })
  return {
    session,
    open,
    ask(headers, body) {
      const stream = open(headers)
      const answer = receive(stream)
      if (!stream.writableEnded) stream.end(body)
      return answer
    },
    async [Symbol.asyncDispose]() {
      session.destroy()
    },
  }
}

/** Reads a response to its end, or to where it is cut. */
export async function receive(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const answer = {
    headers: {} as IncomingHttpHeaders,
    raw: [] as string[],
    interim: [] as IncomingHttpHeaders[],
    trailers: {} as IncomingHttpHeaders,
  }
  const parts: Buffer[] = []
  stream.on('headers', (headers) => answer.interim.push(headers))
  stream.on('response', (headers, _flags, raw) => {
    answer.headers = headers
    answer.raw = raw as unknown as string[]
  })
  stream.on('trailers', (trailers) => {
    answer.trailers = trailers
  })
  stream.on('data', (part: Buffer) => parts.push(part))
  stream.on('error', () => {})
  await new Promise<void>((resolve) => stream.once('close', () => resolve()))
  return {
    ...answer,
    status: Number(answer.headers[':status'] ?? 0),
    text: Buffer.concat(parts).toString(),
    code: stream.rstCode,
  }
}
