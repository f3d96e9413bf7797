import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { textOf } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { HeaderList } from '../message/header-list.ts'
import type { LazyResponse } from '../message/lazy-response.ts'
import { writeHead } from './write-head.ts'

/** Sends a response that was held, or made by the gateway or a plugin, and ends the request. */
export function sendResponse(exchange: Exchange, response: LazyResponse): void {
  const { outgoing } = exchange
  if (outgoing.headersSent || exchange.gone) {
    response.cancel()
    return
  }
  const { content } = response
  if (content === null || content instanceof Uint8Array) sendBytes(exchange, response, content)
  else if (content instanceof ReadableStream) sendStream(exchange, response, content).catch(abandon(exchange))
  else if (content instanceof Promise) content.then((bytes) => sendBytes(exchange, response, bytes)).catch(abandon(exchange))
  else {
    begin(exchange, response)
    content.pipeTo(outgoing)
  }
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

async function drained(outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return
  const closed = new AbortController()
  await Promise.race([once(outgoing, 'drain', closed), once(outgoing, 'close', closed)])
  closed.abort()
}

function begin(exchange: Exchange, { status, statusText, headers }: LazyResponse): void {
  headers.delete('transfer-encoding')
  headers.delete('connection')
  headers.delete('keep-alive')
  // The body that the client was not asked for would be read as its next request.
  if (exchange.awaitsContinue) headers.set('Connection', 'close')
  writeHead(exchange.outgoing, status, statusText, headers.raw)
}

/** A body that fails on its way cannot be mended; the client has to see that it is cut short. */
function abandon(exchange: Exchange): (reason: unknown) => void {
  return (reason) => {
    exchange.api.log.warn({ reason: textOf(reason) }, 'Send a response body failed; the connection was closed')
    exchange.outgoing.destroy()
  }
}
