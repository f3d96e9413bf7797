import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { ByteReader } from './byte-reader.ts'
import { type Body, emptyBody, formatResponse, type Head, readBody, readHead, requestFraming } from './http-message.ts'
import { writeBytes } from './write-bytes.ts'

/** A request exactly as it arrived. */
export interface RecordedRequest {
  /** Number of the connection, from 0. */
  readonly connection: number
  readonly method: string
  /** The request target, byte for character. */
  readonly target: string
  readonly head: Head
  readonly body: Body
  /** Whether the peer closed before the request was whole or the answer was out. */
  aborted: boolean
}

/** One request and the means to answer it, byte by byte. */
export interface Exchange {
  readonly request: RecordedRequest
  /** Reads the body to its end. Until it is called nothing is read, and the sender feels backpressure. */
  receive(options?: { keep?: boolean }): Promise<Buffer>
  /** What comes after the request on the connection, for an upgraded one. */
  bytes(): AsyncIterable<Buffer>
  /** Writes bytes as they are; settles when there is room for more, or the connection is gone. */
  write(bytes: string | Buffer): Promise<void>
  answer(status: number, lines?: readonly string[], body?: string | Buffer): Promise<void>
  /** Closes the connection: `end` after what was written, `reset` at once. */
  close(how: 'end' | 'reset'): void
  /** Settles when the connection is closed, by whoever. */
  readonly closed: Promise<void>
}

export type Script = (exchange: Exchange) => Promise<void> | void

/** Reads the whole request and answers 200 with the body `ok`. */
export const answerOk: Script = async (exchange) => {
  await exchange.receive()
  await exchange.answer(200, [], 'ok')
}

/** An HTTP/1.1 server that records what arrives, byte for byte, and answers as its script says. */
export interface RawUpstream extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Every request whose head has arrived, oldest first. */
  readonly requests: RecordedRequest[]
  /** How many connections there have been. */
  connections: number
  /** What answers the requests that arrive from now on. */
  script: Script
}

/** @param tls speaks TLS, with these certificates and rules */
export async function startUpstream(script: Script = answerOk, tls?: TlsOptions): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  }
  const serveNow = (socket: Socket) => void serve(socket, upstream)
  const server = tls ? createTlsServer(tls, serveNow).on('tlsClientError', () => {}) : createServer(serveNow)
  server.on(tls ? 'secureConnection' : 'connection', keep)
  if (tls) server.on('connection', keep)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const upstream: RawUpstream = {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests: [],
    connections: 0,
    script,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
  return upstream
}

async function serve(socket: Socket, upstream: RawUpstream): Promise<void> {
  const connection = upstream.connections++
  const reader = new ByteReader(socket)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  while (!socket.destroyed && !socket.writableEnded) {
    const head = await readHead(reader)
    if (!head) return
    const request = record(head, connection)
    upstream.requests.push(request)
    await converse(socket, reader, request, closed, upstream.script)
  }
}

function record(head: Head, connection: number): RecordedRequest {
  const [method = '', target = ''] = head.startLine.split(' ')
  return { connection, method, target, head, body: emptyBody(requestFraming(head)), aborted: false }
}

async function converse(socket: Socket, reader: ByteReader, request: RecordedRequest, closed: Promise<void>, script: Script) {
  let received: Promise<void> | undefined
  let ownDoing = false
  const exchange: Exchange = {
    request,
    closed,
    async receive(options) {
      received ??= readBody(reader, request.head, request.body, options)
      await received
      return Buffer.concat(request.body.parts)
    },
    async *bytes() {
      for (let chunk = await reader.some(); chunk; chunk = await reader.some()) yield chunk
    },
    write: (bytes) => writeBytes(socket, bytes),
    answer: (status, lines, body) => exchange.write(formatResponse(status, lines, body)),
    close(how) {
      ownDoing = true
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
    },
  }
  const onClose = () => {
    request.aborted = !ownDoing
  }
  socket.once('close', onClose)
  await script(exchange)
  await exchange.receive()
  socket.off('close', onClose)
  if (!request.body.complete && !ownDoing) request.aborted = true
}
