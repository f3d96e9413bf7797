import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { failure, type PosternError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { errorBody } from '../answer/error-body.ts'

/** How long a connection that is given up stays open, so that the client can read why: what it still sends would reset it. */
export const LINGER_MS = 1000

const answered = new WeakSet<Socket>()

/** Answers what is no HTTP request, and closes the connection. */
export function answerClientError(error: PosternError, socket: Socket, log: Logger): void {
  if (answered.has(socket)) return
  answered.add(socket)
  if (!socket.writable) {
    socket.destroy()
    return
  }
  log.info({ client: socket.remoteAddress }, error.message)
  const response = responseUnderWay(socket)
  if (response?.req.complete) {
    // The fault is in what came behind a request: that one's answer goes out, and is the last.
    response.shouldKeepAlive = false
    response.once('finish', () => close(socket, ''))
  } else if (response?.headersSent) {
    socket.destroy()
  } else {
    close(socket, messageOf(error))
  }
}

/** The error of the catalogue for what node:http's parser, or a connection, failed with; null where there is nobody to tell. */
export function clientError(cause: NodeJS.ErrnoException, headerSize: number): PosternError | null {
  switch (cause.code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return null
    case 'HPE_HEADER_OVERFLOW':
      return failure('headers_too_large', { limit: headerSize }, cause)
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return failure('request_timeout', undefined, cause)
    case 'HPE_PAUSED_H2_UPGRADE':
      return failure('http_version_unsupported', { version: '2' }, cause)
    default:
      return failure('request_malformed', { reason: cause.message }, cause)
  }
}

function responseUnderWay(socket: Socket): ServerResponse | null {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? null
}

function messageOf(error: PosternError): string {
  const { status } = error
  const { type, text } = errorBody(error, undefined)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${text.length}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${text}`
}

function close(socket: Socket, lastWords: string): void {
  socket.end(lastWords)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}
