import type { PosternError } from '../../errors.ts'
import type { Exchange } from '../chain/exchange.ts'
import { errorResponse } from './error-body.ts'

/** Ends a request with an error of the catalogue. */
export function refuse(exchange: Exchange, error: PosternError): 'done' {
  exchange.error = error
  exchange.openDraft().replace(errorResponse(exchange, error))
  return 'done'
}
