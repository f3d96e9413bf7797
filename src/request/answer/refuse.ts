import { isFailure, type PosternError } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { errorResponse } from './error-body.ts'

/**
 * Ends a request with an error of the catalogue.
 *
 * @param status in place of the error's own
 */
export function refuse(exchange: Exchange, error: PosternError, status = error.status): 'done' {
  exchange.error = error
  exchange.trace?.note('refused', error)
  exchange.openDraft().replace(errorResponse(exchange, error, status))
  return 'done'
}

/** The same for what was caught. What is no error of the catalogue is a fault of the gateway's own, and thrown on. */
export function refuseFailure(exchange: Exchange, caught: unknown): 'done' {
  if (!isFailure(caught)) throw caught
  return refuse(exchange, caught)
}
