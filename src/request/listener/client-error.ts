import type { Socket } from 'node:net'
import type { Logger } from '../../log.ts'
import { errorBody } from '../answer/error-body.ts'

/** What node:http's parser refuses, as a client sees it; anything else is a malformed request. */
const ANSWERS: Record<string, [status: string, message: string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Request header fields too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Request timeout'],
}
const MALFORMED: [string, string] = ['400 Bad Request', 'Malformed request']

/** Answers what is no HTTP request, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, log: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, message] = ANSWERS[error.code ?? ''] ?? MALFORMED
  log.info({ client: socket.remoteAddress, reason: error.message }, message)
  const { type, text } = errorBody(message, undefined)
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n`
  socket.end(head + text)
}
