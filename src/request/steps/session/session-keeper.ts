import { failure, textOf } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'

/** What a session is kept in. */
export interface SessionStore {
  set(key: string, session: object, options?: { ttl?: number }): Promise<void>
}

/** Stores the sessions that plugins want saved. */
export class SessionKeeper {
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    this.#store = store
  }

  /** Stores the exchange's session under its key; what goes wrong is logged, and the request goes on. */
  async keep(exchange: Exchange): Promise<void> {
    const { session, token, api } = exchange
    exchange.saveSession = false
    if (!session) return
    const { session_lifetime: lifetime } = session as { session_lifetime?: number }
    try {
      await this.#store.set(token, session, lifetime !== undefined && lifetime > 0 ? { ttl: lifetime } : {})
    } catch (cause) {
      const error = failure('session_not_saved', { reason: textOf(cause) }, cause)
      api.log.error({ err: error }, error.message)
    }
  }
}
