import { Readable } from 'node:stream'
import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { Payload } from '../message/payload.ts'
import type { Target } from '../upstream/target.ts'
import { DirectAnswer, HeldAnswer } from './answer.ts'
import { outgoingHead, outgoingPayload } from './outgoing-request.ts'
import { type HeadReceiver, UpstreamResponse } from './upstream-response.ts'

/**
 * The end of every chain: sends the request upstream. While nobody waits for the response it goes straight to the
 * client's socket; else it is held for the plugins that do.
 */
export function proxy(exchange: Exchange): void | Promise<void> {
  if (exchange.waiting === 0 && exchange.responseChain === null) {
    call(exchange, new DirectAnswer(exchange))
    return
  }
  return new Promise((resolve) => call(exchange, new HeldAnswer(exchange, resolve)))
}

function call(exchange: Exchange, receiver: HeadReceiver): void {
  try {
    const payload = outgoingPayload(exchange)
    if (payload instanceof Promise) {
      payload.then((ready) => dispatch(exchange, receiver, ready)).catch((error) => receiver.fail(error))
    } else dispatch(exchange, receiver, payload)
  } catch (error) {
    receiver.fail(error as Error)
  }
}

function dispatch(exchange: Exchange, receiver: HeadReceiver, payload: Payload): void {
  try {
    if (exchange.gone) throw failure('client_closed', undefined)
    send(exchange, exchange.upstream.target, receiver, payload)
  } catch (error) {
    if (payload.body instanceof Readable) payload.body.destroy()
    throw error
  }
}

/** Sends the request to a target. */
function send(exchange: Exchange, target: Target, receiver: HeadReceiver, { body, length }: Payload): void {
  const { method, path, headers } = outgoingHead(exchange, target, length)
  const request = {
    method: method as 'GET',
    path,
    headers,
    body,
    headersTimeout: exchange.upstream.timeoutMs,
    // Otherwise undici goes by the Host header, which may be the client's.
    servername: target.hostname,
  }
  const response = new UpstreamResponse(exchange, receiver, target, request)
  exchange.call = response
  target.connections.pool.dispatch(request, response)
  target.connections.active += 1
}
