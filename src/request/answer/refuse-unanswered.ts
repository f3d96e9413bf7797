import { isFailure, type PosternError } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { refuse } from './refuse.ts'

/**
 * Ends a request that the store had no answer for: nobody is let in then. That a store is away it says itself, once; a line
 * for every request would bury all others.
 *
 * @param error what the request ends with; its cause is what the store failed with
 */
export function refuseUnanswered(exchange: Exchange, error: PosternError): 'done' {
  const level = isFailure(error.cause, 'store_away') ? 'debug' : 'error'
  exchange.api.log[level]({ err: error }, error.message)
  return refuse(exchange, error)
}
