import { failure, isFailure, type PosternError, textOf } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import { refuse } from '../../answer/refuse.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { readAuthentication } from '../../credentials/authentication.ts'
import { PlaceReader, type Places } from '../../credentials/places.ts'
import { refuseCredential, refuseLookup } from '../../credentials/refuse-credential.ts'
import { authenticationFields } from '../../credentials/schema.ts'
import { readRequestBody } from '../read-request-body.ts'
import type { Sessions } from '../session/sessions.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import { type BodyPatterns, credentialsIn, readBodyPatterns } from './body-credentials.ts'
import { type Credentials, parseCredentials } from './credentials.ts'
import { KnownPasswords } from './known-passwords.ts'
import { isSlow, type Passwords, type StoredPassword } from './passwords.ts'
import { definitionFields } from './schema.ts'

const DEFAULT_TTL_SECONDS = 60

/** Lets in who sends a user name and the password that goes with it. */
export const basicAuth: StepKind = {
  key: 'basic-auth',
  fields: { definition: { ...definitionFields, ...authenticationFields } },

  read(source) {
    const fields = source.definition(definitionFields)
    const authentication = readAuthentication(source)
    const places = authentication?.places.get('basic')
    if (!fields || !places) return null
    const { extract_from_body: fromBody, disable_caching: anew, ...config } = fields.basic_auth ?? {}
    const regexps = { user: config.body_user_regexp ?? '', password: config.body_password_regexp ?? '' }
    const patterns = fromBody ? readBodyPatterns(regexps, source) : null
    const options: BasicAuthOptions = {
      places,
      patterns,
      ttlMs: anew ? 0 : (config.cache_ttl || DEFAULT_TTL_SECONDS) * 1000,
      provides: authentication?.provides('basic') ?? true,
    }
    return (tools) => [new BasicAuthStep(tools, options)]
  },
}

interface BasicAuthOptions {
  readonly places: Places
  /** Where user and password are in the body; null: in a header. */
  readonly patterns: BodyPatterns | null
  /** How long a password that was right is remembered; 0: not at all. */
  readonly ttlMs: number
  readonly provides: boolean
}

class BasicAuthStep implements Step {
  readonly name = 'user and password'
  readonly phase = 'basic_auth'
  readonly #sessions: Sessions
  readonly #passwords: Passwords
  readonly #known: KnownPasswords
  readonly #places: PlaceReader
  readonly #options: BasicAuthOptions

  constructor({ sessions, passwords }: StepTools, options: BasicAuthOptions) {
    this.#sessions = sessions
    this.#passwords = passwords
    this.#known = new KnownPasswords(options.ttlMs)
    this.#places = new PlaceReader(options.places)
    this.#options = options
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const { patterns } = this.#options
    if (patterns) return this.#runOnBody(exchange, patterns)
    const header = this.#places.find(exchange)
    if (header === '') return refuseAndAsk(exchange, failure('auth_field_missing', undefined), '')
    return this.#authenticate(exchange, parseCredentials(header))
  }

  async #runOnBody(exchange: Exchange, patterns: BodyPatterns): Promise<Verdict> {
    try {
      const body = await readRequestBody(exchange)
      return await this.#authenticate(exchange, credentialsIn(body.toString(), patterns))
    } catch (error) {
      return refuse(exchange, isFailure(error) ? error : failure('internal', { where: 'the basic auth step' }, error))
    }
  }

  #authenticate(exchange: Exchange, credentials: Credentials | PosternError): Verdict | Promise<Verdict> {
    if (isFailure(credentials)) return refuseCredential(exchange, credentials)
    const key = this.#sessions.keyOf(credentials.user)
    const found = credentials.user === '' ? undefined : this.#sessions.find(key)
    if (found instanceof Promise) return this.#afterLookup(exchange, { key, ...credentials }, found)
    return this.#check(exchange, { key, ...credentials }, found)
  }

  async #afterLookup(exchange: Exchange, user: User, found: Promise<Session | undefined>): Promise<Verdict> {
    let session: Session | undefined
    try {
      session = await found
    } catch (cause) {
      return refuseLookup(exchange, cause)
    }
    return this.#check(exchange, user, session)
  }

  #check(exchange: Exchange, user: User, session: Session | undefined): Verdict | Promise<Verdict> {
    const stored = session?.basic_auth_data as StoredPassword | undefined
    const slow = stored && isSlow(stored)
    if (slow && this.#known.has(user.key, user.password, stored.password ?? '')) return this.#conclude(exchange, user, session)
    const matches = this.#passwords.matches(user.password, stored)
    return matches instanceof Promise
      ? this.#afterMatch(exchange, user, session, matches)
      : this.#conclude(exchange, user, matches ? session : undefined)
  }

  async #afterMatch(exchange: Exchange, user: User, session: Session | undefined, matching: Promise<boolean>): Promise<Verdict> {
    let matches = false
    try {
      matches = await matching
    } catch (cause) {
      const error = isFailure(cause) ? cause : failure('password_check_failed', { reason: textOf(cause) }, cause)
      exchange.api.log.error({ err: error }, error.message)
      return refuse(exchange, error)
    }
    const { password = '' } = (session?.basic_auth_data ?? {}) as StoredPassword
    if (matches) this.#known.add(user.key, user.password, password)
    return this.#conclude(exchange, user, matches ? session : undefined)
  }

  /** @param session undefined where user or password is wrong */
  #conclude(exchange: Exchange, { key }: User, session: Session | undefined): Verdict {
    if (!session) return refuseAndAsk(exchange, failure('user_not_authorised', undefined), key)
    if (this.#options.provides) exchange.identify(session, key)
    return 'go-on'
  }
}

interface User extends Credentials {
  readonly key: string
}

/** Tells the client what to send (RFC 9110 §11.6.1). */
function refuseAndAsk(exchange: Exchange, error: PosternError, key: string): 'done' {
  exchange.openPrepared().set('WWW-Authenticate', `Basic realm="${realmOf(exchange.api.name)}"`)
  return refuseCredential(exchange, error, key)
}

/** A name as a quoted text of a header, in UTF-8. */
function realmOf(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a header cannot have.
  const text = name.replaceAll(/[\x00-\x1f\x7f]/g, ' ').replaceAll(/["\\]/g, '\\$&')
  return Buffer.from(text).toString('latin1')
}
