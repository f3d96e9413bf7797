import { once } from 'node:events'
import { connect } from 'node:net'
import { ByteReader } from './byte-reader.ts'
import { type Body, emptyBody, type Head, readBody, readHead, responseFraming, statusOf } from './http-message.ts'
import { writeBytes } from './write-bytes.ts'

/** A response that takes longer never comes. */
const PATIENCE_MS = 10_000

/** A response exactly as it arrived. */
export interface RawResponse {
  readonly status: number
  readonly head: Head
  /** The 1xx responses before it. */
  readonly interim: readonly Head[]
  readonly body: Body
  readonly text: string
}

/** A connection of a client that sends the bytes it is given. */
export interface RawConnection extends Disposable {
  /** For reading a body piece by piece, after `receiveHead`. */
  readonly reader: ByteReader
  /** Sends bytes as they are (a string: one byte for each character); settles when there is room for more. */
  send(bytes: string | Buffer): Promise<void>
  /** The next head, 1xx included; rejects if the server closes first. */
  receiveHead(): Promise<Head>
  /** The next final response with its body, which may be cut short: see `body.complete`. */
  receive(options?: { method?: string; keep?: boolean }): Promise<RawResponse>
  /** Goes away without a word, by a TCP reset. */
  abort(): void
  readonly closed: Promise<void>
}

export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const reader = new ByteReader(socket, PATIENCE_MS)
  const receiveHead = async () => {
    const head = await readHead(reader)
    if (!head) throw new Error('The server closed the connection before it sent a response')
    return head
  }
  return {
    reader,
    closed,
    send: (bytes) => writeBytes(socket, bytes),
    receiveHead,
    receive: (options) => receive(reader, receiveHead, options),
    abort: () => void socket.resetAndDestroy(),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** Sends one request on a connection of its own and reads the response. */
export async function exchange(port: number, request: string | Buffer): Promise<RawResponse> {
  using connection = await openConnection(port)
  await connection.send(request)
  const [method = ''] = request.toString('latin1').split(' ', 1)
  return await connection.receive({ method })
}

async function receive(
  reader: ByteReader,
  receiveHead: () => Promise<Head>,
  { method = 'GET', keep = true } = {},
): Promise<RawResponse> {
  const interim: Head[] = []
  let head = await receiveHead()
  while (statusOf(head) < 200 && statusOf(head) !== 101) {
    interim.push(head)
    head = await receiveHead()
  }
  const body = emptyBody(responseFraming(head, method))
  await readBody(reader, head, body, { keep })
  return { status: statusOf(head), head, interim, body, text: Buffer.concat(body.parts).toString() }
}
