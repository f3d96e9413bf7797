import { RecordedBody } from '../chain/detail.ts'
import type { Exchange } from '../chain/exchange.ts'
import { wantsDetail } from '../chain/recording.ts'
import type { ClientResponse } from '../message/client-message.ts'

/** Copies the head of a response, and the beginning of its body as it is sent, where the request is recorded whole. */
export function recordResponse(exchange: Exchange, status: number, reason: string, headers: readonly string[]): void {
  if (!wantsDetail(exchange)) return
  if (isEventStream(headers)) {
    exchange.detail = null
    return
  }
  const body = new RecordedBody(exchange.recording.maxBody)
  exchange.detail ??= { requestBody: null, response: null }
  exchange.detail.response = { status, reason, headers, body }
  if (exchange.incoming.method !== 'HEAD') watch(exchange.outgoing, body)
}

/** Where there is no end, there is no whole. */
function isEventStream(headers: readonly string[]): boolean {
  const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'content-type')
  return at >= 0 && /^text\/event-stream\b/i.test(headers[at + 1] as string)
}

/** Bodies are written in many places; what all of them have in common is where they write to. */
function watch(outgoing: ClientResponse, recorded: RecordedBody): void {
  const { write, end } = outgoing
  let ended = false
  outgoing.write = (chunk) => {
    if (!ended) recorded.take(chunk)
    return write.call(outgoing, chunk)
  }
  outgoing.end = (chunk?: Uint8Array) => {
    if (chunk !== undefined && !ended) recorded.take(chunk)
    // One that ends with a chunk may write that itself.
    ended = true
    return end.call(outgoing, chunk as Uint8Array)
  }
}
