import { failure, isFailure, textOf } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { ClientResponse } from '../message/client-message.ts'
import type { HeaderList } from '../message/header-list.ts'
import type { LazyResponse } from '../message/lazy-response.ts'
import { errorResponse } from './error-body.ts'
import { writeHead } from './write-head.ts'

/**
 * Sends a response that was held, or made by the gateway or a plugin, and ends the request. What cannot be sent (a header
 * with characters that none may have, a body that fails or was given away) ends as a 500, or as a response cut short.
 */
export function sendResponse(exchange: Exchange, response: LazyResponse): void {
  const { outgoing } = exchange
  if (outgoing.headersSent || exchange.gone) {
    response.cancel()
    return
  }
  try {
    const sending = transmit(exchange, response)
    sending?.catch((reason) => giveUp(exchange, response, reason))
  } catch (reason) {
    giveUp(exchange, response, reason)
  }
}

function transmit(exchange: Exchange, response: LazyResponse): void | Promise<void> {
  const { content } = response
  if (content === null || content instanceof Uint8Array) return sendBytes(exchange, response, content)
  if (content instanceof ReadableStream) return sendStream(exchange, response, content)
  if (content instanceof Promise) return content.then((bytes) => sendBytes(exchange, response, bytes))
  begin(exchange, response)
  content.pipeTo(exchange.outgoing)
}

/** A body that fails on its way cannot be mended: the client has to see that it is cut short. */
function giveUp(exchange: Exchange, response: LazyResponse, cause: unknown): void {
  const { outgoing } = exchange
  const error = isFailure(cause) ? cause : failure('response_not_sent', { reason: textOf(cause) }, cause)
  exchange.error = error
  exchange.api.log.warn({ err: error, path: exchange.path }, error.message)
  response.cancel()
  if (outgoing.headersSent) outgoing.destroy()
  else if (!exchange.gone) void transmit(exchange, errorResponse(exchange, error))
}

/** Statuses without content (RFC 9110 §15.3.5, §15.4.5). */
function hasNoContent(status: number): boolean {
  return status === 204 || status === 304
}

function sendBytes(exchange: Exchange, response: LazyResponse, bytes: Uint8Array | null): void {
  const { outgoing } = exchange
  // HEAD and 304 may tell the length of what they leave out; a body at hand has the length it has.
  const describesOther = bytes === null && (exchange.incoming.method === 'HEAD' || response.status === 304)
  if (hasNoContent(response.status) && !describesOther) response.headers.delete('content-length')
  else if (!describesOther) setLength(response.headers, bytes?.byteLength ?? 0)
  begin(exchange, response)
  if (bytes === null || hasNoContent(response.status)) outgoing.end()
  else outgoing.end(bytes)
}

function setLength(headers: HeaderList, length: number): void {
  if (headers.get('content-length') !== String(length)) headers.set('Content-Length', String(length))
}

async function sendStream(exchange: Exchange, response: LazyResponse, stream: ReadableStream<Uint8Array>): Promise<void> {
  const { outgoing } = exchange
  if (exchange.incoming.method === 'HEAD' || hasNoContent(response.status)) {
    await stream.cancel()
    sendBytes(exchange, response, null)
    return
  }
  // A length that a plugin wrote for a stream cannot be relied on; chunked framing can.
  response.headers.delete('content-length')
  begin(exchange, response)
  outgoing.flushHeaders() // the first chunk may be long in coming
  const reader = stream.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  outgoing.once('close', cancel)
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!outgoing.write(next.value)) await drained(outgoing)
  }
  outgoing.off('close', cancel)
  outgoing.end()
}

function drained(outgoing: ClientResponse): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off('drain', settle).off('close', settle)
      resolve()
    }
    outgoing.on('drain', settle).on('close', settle)
  })
}

function begin(exchange: Exchange, { status, statusText, headers }: LazyResponse): void {
  headers.drop('transfer-encoding')
  headers.drop('connection')
  headers.drop('keep-alive')
  // The body that the client was not asked for would be read as its next request.
  if (exchange.awaitsContinue) headers.set('Connection', 'close')
  writeHead(exchange, status, statusText, headers.raw)
}
