import { failure, type PosternError, textOf } from '../../errors.ts'
import { clientAddress } from '../address/client-address.ts'
import { refuse } from '../answer/refuse.ts'
import { refuseUnanswered } from '../answer/refuse-unanswered.ts'
import type { Exchange } from '../chain/exchange.ts'
import { maskedKey } from '../steps/session/masked-key.ts'

/** What is told of in the log. */
type AuthEvent = 'AuthFailure' | 'KeyExpired'

/**
 * Ends a request whose credential does not let it in, and leaves a line in the log.
 *
 * @param key what the client called itself, shown masked; '' if it did not
 */
export function refuseCredential(exchange: Exchange, error: PosternError, key = '', event: AuthEvent = 'AuthFailure'): 'done' {
  const { api, path } = exchange
  const origin = clientAddress(exchange)
  api.log.info({ event, err: error, path, origin, ...(key !== '' && { key: maskedKey(key) }) }, error.message)
  return refuse(exchange, error)
}

/** Ends a request whose key cannot be looked up: nobody is let in then. */
export function refuseLookup(exchange: Exchange, cause: unknown): 'done' {
  return refuseUnanswered(exchange, failure('key_lookup_failed', { reason: textOf(cause) }, cause))
}
