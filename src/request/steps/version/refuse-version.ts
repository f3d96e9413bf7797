import type { PosternError } from '../../../errors.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'

/** Ends a request for a version, or a path of it, that nobody gets; the log tells of it. */
export function refuseVersion(exchange: Exchange, error: PosternError): 'done' {
  exchange.api.events.tell('VersionFailure', exchange, error)
  return refuse(exchange, error)
}
