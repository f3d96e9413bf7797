import type { PosternError } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'

/** Ends a request that is over a rate; the log tells of it. */
export function refuseRate(exchange: Exchange, error: PosternError): 'done' {
  exchange.api.events.tell('RatelimitExceeded', exchange, error, exchange.token)
  return refuse(exchange, error)
}

/** The same for a quota that is used up. */
export function refuseQuota(exchange: Exchange, error: PosternError): 'done' {
  exchange.api.events.tell('QuotaExceeded', exchange, error, exchange.token)
  return refuse(exchange, error)
}
