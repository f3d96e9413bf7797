import { Readable } from 'node:stream'
import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { Payload } from '../message/payload.ts'
import { ChangedAnswer, DirectAnswer, HeldAnswer } from './answer.ts'
import { Attempts } from './attempts.ts'
import { guarded } from './guard.ts'
import { outgoingPayload } from './outgoing-request.ts'
import { recordUpload } from './record-upload.ts'
import { send } from './send.ts'
import type { HeadReceiver } from './upstream-response.ts'

/**
 * The end of every chain: sends the request upstream. While nobody waits for the response it goes straight to the
 * client's socket, by the steps that change it; else it is held for the plugins that do.
 */
export function proxy(exchange: Exchange): void | Promise<void> {
  const { waiting, responseChain, trace } = exchange
  // A trace shows the steps of the response as part of the call, which therefore has to last as long.
  if (waiting === 0 && (responseChain === null || trace === null)) {
    const answer = responseChain === null ? new DirectAnswer(exchange) : new ChangedAnswer(exchange)
    call(exchange, guarded(exchange, answer))
    return
  }
  return new Promise((resolve) => call(exchange, guarded(exchange, new HeldAnswer(exchange, resolve))))
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
    if (exchange.recording.detail !== 'none') recordUpload(exchange, payload)
    const { plain } = exchange.upstream
    if (plain) send(exchange, plain, receiver, payload)
    else new Attempts(exchange, receiver, payload).send()
  } catch (error) {
    if (payload.body instanceof Readable) payload.body.destroy()
    throw error
  }
}
