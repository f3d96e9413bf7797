import { Readable } from 'node:stream'
import { RecordedBody } from '../chain/detail.ts'
import type { Exchange } from '../chain/exchange.ts'
import { wantsDetail } from '../chain/recording.ts'
import type { Payload } from '../message/payload.ts'

/** Copies the beginning of a request's body on its way upstream, where the request is recorded whole. */
export function recordUpload(exchange: Exchange, { body }: Payload): void {
  if (body === null || !wantsDetail(exchange)) return
  const recorded = new RecordedBody(exchange.recording.maxBody)
  exchange.detail ??= { requestBody: null, response: null }
  exchange.detail.requestBody = recorded
  if (body instanceof Readable) watch(body, recorded)
  else recorded.take(body)
}

/** Whatever a stream hands out has been pushed into it; to listen to it would make it flow. */
function watch(body: Readable, recorded: RecordedBody): void {
  const push = body.push.bind(body)
  body.push = (chunk: unknown, encoding) => {
    if (chunk instanceof Uint8Array) recorded.take(chunk)
    return push(chunk, encoding)
  }
}
