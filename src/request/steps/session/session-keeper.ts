import { failure, textOf } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { AllSessions } from './sessions.ts'

/** Stores the sessions that plugins want saved. */
export class SessionKeeper {
  readonly #sessions: AllSessions

  constructor(sessions: AllSessions) {
    this.#sessions = sessions
  }

  /** Stores what plugins want stored, each session under its key; what goes wrong is logged, and the request goes on. */
  async keep(exchange: Exchange): Promise<void> {
    const { pluginSession: made, leftSessions: left, token } = exchange
    exchange.leftSessions = null
    for (const { session, key } of left ?? []) await this.#save(exchange, key, session)
    if (!made?.save) return
    made.save = false
    await this.#save(exchange, token, made.given)
  }

  async #save({ api }: Exchange, key: string, session: Session): Promise<void> {
    try {
      await this.#sessions.of(api.orgId).save(key, session)
    } catch (cause) {
      const error = failure('session_not_saved', { reason: textOf(cause) }, cause)
      api.log.error({ err: error }, error.message)
    }
  }
}
