import type { Exchange } from '../chain/exchange.ts'
import type { Payload } from '../message/payload.ts'
import type { Target } from '../upstream/target.ts'
import { outgoingHead } from './outgoing-request.ts'
import { type HeadReceiver, UpstreamResponse } from './upstream-response.ts'

/**
 * Sends the request to a target.
 *
 * @throws what cannot be sent at all
 */
export function send(exchange: Exchange, target: Target, receiver: HeadReceiver, { body, length }: Payload): UpstreamResponse {
  const { method, path, headers } = outgoingHead(exchange, target, length)
  const request = {
    method: method as 'GET',
    path,
    headers,
    body,
    headersTimeout: exchange.timeoutMs || exchange.upstream.timeoutMs,
    // Otherwise undici goes by the Host header, which may be the client's.
    servername: target.servername,
  }
  const response = new UpstreamResponse(exchange, receiver, target, request)
  exchange.call = response
  target.connections.pool.dispatch(request, response)
  target.connections.active += 1
  return response
}
