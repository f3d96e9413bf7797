import { failure } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { errorResponse } from './error-body.ts'
import { sendResponse } from './send-response.ts'

/** Sends what a chain has left to send, once it is through; `running` is what it has returned. */
export function concludeAfter(exchange: Exchange, running: void | Promise<void>): void {
  if (running) running.then(() => conclude(exchange)).catch((error) => crash(exchange, error))
  else conclude(exchange)
}

/** Sends what the chain has left to send: a response that was held for a plugin, or made by one. */
export function conclude(exchange: Exchange): void {
  const response = exchange.draft?.response
  if (response && !exchange.outgoing.headersSent) sendResponse(exchange, response)
}

/** Answers for a fault of the gateway's own. */
export function crash(exchange: Exchange, cause: unknown): void {
  const error = failure('internal', { where: 'the chain' }, cause)
  exchange.error = error
  exchange.trace?.note('threw', error)
  exchange.api.log.error({ err: error }, error.message)
  if (exchange.outgoing.headersSent) exchange.outgoing.destroy()
  else sendResponse(exchange, errorResponse(exchange, error))
}
