import { failure, type PosternError, textOf } from '../../errors.ts'
import { refuse } from '../answer/refuse.ts'
import { refuseUnanswered } from '../answer/refuse-unanswered.ts'
import type { Exchange } from '../chain/exchange.ts'

/**
 * Ends a request whose credential does not let it in, and leaves a line in the log.
 *
 * @param key what the client called itself, shown masked; '' if it did not
 */
export function refuseCredential(
  exchange: Exchange,
  error: PosternError,
  key = '',
  event: 'AuthFailure' | 'KeyExpired' = 'AuthFailure',
): 'done' {
  exchange.api.events.tell(event, exchange, error, key)
  return refuse(exchange, error)
}

/** Ends a request whose key cannot be looked up: nobody is let in then. */
export function refuseLookup(exchange: Exchange, cause: unknown): 'done' {
  return refuseUnanswered(exchange, failure('key_lookup_failed', { reason: textOf(cause) }, cause))
}
