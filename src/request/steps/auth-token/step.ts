import { failure } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { readAuthentication } from '../../credentials/authentication.ts'
import { PlaceReader, type Places, withoutBearer } from '../../credentials/places.ts'
import { refuseCredential, refuseLookup } from '../../credentials/refuse-credential.ts'
import { authenticationFields } from '../../credentials/schema.ts'
import type { Sessions } from '../session/sessions.ts'
import type { StepKind } from '../step-kind.ts'

/** Lets in who sends a key that the gateway knows. */
export const authToken: StepKind = {
  key: 'auth-token',
  fields: { definition: authenticationFields },

  read(source) {
    const authentication = readAuthentication(source)
    const places = authentication?.places.get('token')
    if (!places) return null
    return ({ sessions }) => [new AuthTokenStep(sessions, places, authentication?.provides('token') ?? true)]
  },
}

class AuthTokenStep implements Step {
  readonly name = 'key'
  readonly phase = 'auth_token'
  readonly #sessions: Sessions
  readonly #places: PlaceReader
  readonly #provides: boolean

  constructor(sessions: Sessions, places: Places, provides: boolean) {
    this.#sessions = sessions
    this.#places = new PlaceReader(places)
    this.#provides = provides
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const key = withoutBearer(this.#places.find(exchange))
    if (key === '') return refuseCredential(exchange, failure('auth_field_missing', undefined))
    const found = this.#sessions.find(key)
    return found instanceof Promise ? this.#later(exchange, key, found) : this.#conclude(exchange, key, found)
  }

  async #later(exchange: Exchange, key: string, found: Promise<Session | undefined>): Promise<Verdict> {
    try {
      return this.#conclude(exchange, key, await found)
    } catch (cause) {
      return refuseLookup(exchange, cause)
    }
  }

  #conclude(exchange: Exchange, key: string, session: Session | undefined): Verdict {
    if (session === undefined || needsMore(session)) {
      return refuseCredential(exchange, failure('key_unknown', undefined), key)
    }
    if (this.#provides) exchange.identify(session, key)
    return 'go-on'
  }
}

/**
 * Whether a session is of a user or of the subject of a JWT. What it is stored under can be guessed, so that it is no key: a
 * password or a token has to go with it.
 */
function needsMore({ basic_auth_data: basic, identity_provided_by: provider }: Session): boolean {
  return Boolean((basic as { password?: string } | undefined)?.password) || provider !== undefined
}
