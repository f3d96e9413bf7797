import { failure, textOf } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { AllSessions } from './sessions.ts'

/** Stores the sessions that plugins want saved. */
export class SessionKeeper {
  readonly #sessions: AllSessions

  constructor(sessions: AllSessions) {
    this.#sessions = sessions
  }

  /** Stores the exchange's session under its key; what goes wrong is logged, and the request goes on. */
  async keep(exchange: Exchange): Promise<void> {
    const { pluginSession: made, token, api } = exchange
    if (!made?.save) return
    made.save = false
    try {
      await this.#sessions.of(api.orgId).save(token, made.given)
    } catch (cause) {
      const error = failure('session_not_saved', { reason: textOf(cause) }, cause)
      api.log.error({ err: error }, error.message)
    }
  }
}
