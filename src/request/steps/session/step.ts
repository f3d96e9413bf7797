import { failure } from '../../../errors.ts'
import { errorResponse } from '../../answer/error-body.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { SessionKeeper } from './session-keeper.ts'

/** After authentication: a request without a session ends here, a session that is to be kept is stored. */
export class SessionStep implements Step {
  readonly name = 'session'
  readonly phase = 'auth_check'
  readonly #keeper: SessionKeeper

  constructor(keeper: SessionKeeper) {
    this.#keeper = keeper
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    if (!exchange.session) {
      const error = failure('auth_field_missing', undefined)
      exchange.error = error
      exchange.openDraft().replace(errorResponse(exchange, error))
      return 'done'
    }
    if (!exchange.saveSession) return 'go-on'
    return this.#keeper.keep(exchange).then(() => 'go-on')
  }
}
