import { STATUS_CODES } from 'node:http'
import type { Exchange } from '../chain/exchange.ts'
import type { ClientRequest } from '../message/client-message.ts'
import { isHttp10 } from '../message/framing.ts'
import { withId } from '../message/request-ids.ts'
import { recordResponse } from './record-response.ts'
import { serverTiming } from './server-timing.ts'

const ASCII = /^[\t -~]*$/
const TRAILER = 'trailer'
const CONTENT_LENGTH = 'content-length'
const CONTENT_DISPOSITION = 'content-disposition'

/**
 * Writes the head of a response from a raw list, with what node:http would trip over put right: it throws for a Trailer
 * field where the response cannot have trailers, and decodes a Content-Disposition that follows a Content-Length anew.
 *
 * @throws if a value has characters that no field may have (RFC 9110 §5.5)
 */
export function writeHead(exchange: Exchange, status: number, statusText: string, raw: string[]): void {
  const { incoming, outgoing, life, recording } = exchange
  if (life.closing) outgoing.shouldKeepAlive = false
  if (life.serverTiming) raw.push('Server-Timing', serverTiming(exchange))
  const headers = needsCare(raw) ? writable(incoming, status, raw) : raw
  const { requestIds } = life
  const lines = requestIds.toClient ? withId(headers, requestIds, exchange.requestId) : headers
  const reason = reasonOf(status, statusText)
  outgoing.writeHead(status, reason, lines)
  if (recording.detail !== 'none') recordResponse(exchange, status, reason, lines)
}

/** A reason phrase that is given stays (RFC 9112 §4); node:http wants it in Latin-1, and remembers one that it refused. */
function reasonOf(status: number, statusText: string): string {
  if (statusText === '') return STATUS_CODES[status] ?? 'unknown'
  return ASCII.test(statusText) ? statusText : Buffer.from(statusText).toString('latin1')
}

/** Names are told apart by their length alone, which for most responses settles it. */
function needsCare(raw: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const { length } = raw[i] as string
    if (length === TRAILER.length || length === CONTENT_DISPOSITION.length) return true
  }
  return false
}

function writable(incoming: ClientRequest, status: number, raw: readonly string[]): string[] {
  const headers: string[] = []
  const bodyless = incoming.method === 'HEAD' || status === 204 || status === 304 || isHttp10(incoming)
  const chunked = !bodyless && !raw.some((text, i) => i % 2 === 0 && text.toLowerCase() === CONTENT_LENGTH)
  let lengthBefore = false
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    let value = raw[i + 1] as string
    const lower = name.toLowerCase()
    if (lower === TRAILER && !chunked) continue
    if (lower === CONTENT_LENGTH) lengthBefore = value !== '0'
    // node:http takes the value for Latin-1 bytes of UTF-8 text there; encoded once more it comes out as it was.
    if (lower === CONTENT_DISPOSITION && lengthBefore) value = Buffer.from(value).toString('latin1')
    headers.push(name, value)
  }
  return headers
}
