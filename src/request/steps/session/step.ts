import { failure } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { refuseCredential } from '../../credentials/refuse-credential.ts'
import type { SessionKeeper } from './session-keeper.ts'

/** What a request was before the plugin that authenticates saw it. */
type Before = Pick<Exchange, 'session' | 'token' | 'pluginSession'>

/**
 * What goes around the plugin that authenticates: a request that it neither answers nor gives a session ends after it, whoever else has
 * given it one; a session that is to be kept is stored.
 *
 * @param provides whether the plugin's session becomes the request's, or the one before it stays
 */
export function aroundAuthCheck(keeper: SessionKeeper, provides: boolean): { before: Step; after: Step } {
  const seen = new WeakMap<Exchange, Before>()
  return { before: new BeforeAuthCheck(seen), after: new SessionStep(keeper, seen, provides) }
}

class BeforeAuthCheck implements Step {
  readonly name = 'before auth_check'
  readonly phase = 'auth_check'
  readonly #seen: WeakMap<Exchange, Before>

  constructor(seen: WeakMap<Exchange, Before>) {
    this.#seen = seen
  }

  run(exchange: Exchange): Verdict {
    const { session, token, pluginSession } = exchange
    this.#seen.set(exchange, { session, token, pluginSession })
    return 'go-on'
  }
}

class SessionStep implements Step {
  readonly name = 'session'
  readonly phase = 'auth_check'
  readonly #keeper: SessionKeeper
  readonly #seen: WeakMap<Exchange, Before>
  readonly #provides: boolean

  constructor(keeper: SessionKeeper, seen: WeakMap<Exchange, Before>, provides: boolean) {
    this.#keeper = keeper
    this.#seen = seen
    this.#provides = provides
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { pluginSession } = exchange
    const before = this.#seen.get(exchange)
    if (pluginSession === null || pluginSession === before?.pluginSession) {
      return refuseCredential(exchange, failure('auth_field_missing', undefined))
    }
    if (!pluginSession.save) return this.#conclude(exchange, before)
    return this.#keeper.keep(exchange).then(() => this.#conclude(exchange, before))
  }

  #conclude(exchange: Exchange, before: Before | undefined): Verdict {
    if (!this.#provides) Object.assign(exchange, before)
    return 'go-on'
  }
}
