import { Readable } from 'node:stream'
import { property } from '../../errors.ts'

/** Methods whose requests mean the same sent once or twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/** Whether a body is there to be sent again: a stream is not. */
export function isRepeatable(body: unknown): boolean {
  return !(body instanceof Readable)
}

/** What undici and Node say where the other side ends a connection that a response was expected on. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

export function isBrokenConnection(error: Error): boolean {
  return BROKEN.has(String(property(error, 'code')))
}
