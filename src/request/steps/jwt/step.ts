import { hash } from 'node:crypto'
import { failure, isFailure, textOf } from '../../../errors.ts'
import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import { readAuthentication } from '../../credentials/authentication.ts'
import { PlaceReader, type Places, withoutBearer } from '../../credentials/places.ts'
import { RecentEntries } from '../../credentials/recent-entries.ts'
import { refuseCredential, refuseLookup } from '../../credentials/refuse-credential.ts'
import { authenticationFields } from '../../credentials/schema.ts'
import type { StepKind, StepTools } from '../step-kind.ts'
import { checkTimes } from './claims.ts'
import { JwksKeys } from './jwks-keys.ts'
import { type JwtOptions, type KeyUrl, readJwt } from './read-jwt.ts'
import { definitionFields } from './schema.ts'
import { type KnownToken, type Subject, TokenSessions } from './token-sessions.ts'
import { SingleKey, type VerificationKey, type VerificationKeys } from './verification-keys.ts'

/** How long a token that was checked is known, in milliseconds; less, if it ends before. */
const KNOWN_MS = 30_000
const MOST_KNOWN = 10_000

/** Lets in who sends a token that is signed by whom the definition trusts. */
export const jwt: StepKind = {
  key: 'jwt',
  fields: { definition: { ...definitionFields, ...authenticationFields } },

  read(source) {
    const fields = source.definition(definitionFields)
    const authentication = readAuthentication(source)
    const places = authentication?.places.get('jwt')
    if (!fields || !places) return null
    const provides = authentication?.provides('jwt') ?? true
    const options = readJwt(fields, provides, source)
    return options && ((tools) => [new JwtStep(tools, places, provides, options)])
  },
}

class JwtStep implements Step {
  readonly name = 'JWT'
  readonly phase = 'jwt'
  readonly #places: PlaceReader
  readonly #provides: boolean
  readonly #options: JwtOptions
  readonly #keys: VerificationKeys
  readonly #sessions: TokenSessions
  readonly #known = new RecentEntries<KnownToken>(MOST_KNOWN, () => {})

  constructor(tools: StepTools, places: Places, provides: boolean, options: JwtOptions) {
    this.#places = new PlaceReader(places)
    this.#provides = provides
    this.#options = options
    this.#keys = openKeys(options.keys, tools)
    this.#sessions = new TokenSessions(tools.sessions, tools.orgId, options)
  }

  run(exchange: Exchange): Verdict | Promise<Verdict> {
    const token = withoutBearer(this.#places.find(exchange))
    if (token === '') return refuseCredential(exchange, failure('jwt_field_missing', undefined))
    // Not by the token itself: what lies in memory is not to let anybody in.
    const digest = hash('sha256', token, 'base64')
    const known = this.#known.get(digest, Date.now())
    if (known && known.generation === this.#keys.generation) return this.#admit(exchange, token, known)
    return this.#check(exchange, token, digest)
  }

  async #check(exchange: Exchange, token: string, digest: string): Promise<Verdict> {
    try {
      const known = await this.#verify(token)
      this.#known.set(digest, known)
      return await this.#admit(exchange, token, known)
    } catch (cause) {
      const error = isFailure(cause) ? cause : failure('jwt_invalid', { reason: textOf(cause) }, cause)
      return refuseCredential(exchange, error, token)
    }
  }

  async #verify(token: string): Promise<KnownToken> {
    // Loaded by the first token: whoever has no use for the library does not load it.
    const { verifyToken } = await import('./verify-token.ts')
    // Before the key is looked for: should keys change meanwhile, the token is checked once more.
    const { generation } = this.#keys
    const verified = await verifyToken(token, this.#keys, this.#options.method)
    const until = checkTimes(verified.claims, this.#options.skews, Date.now())
    const subject = this.#provides ? this.#sessions.subjectOf(verified, until) : null
    return { claims: verified.claims, generation, subject, until: Math.min(until, Date.now() + KNOWN_MS), used: false }
  }

  #admit(exchange: Exchange, token: string, { claims, subject }: KnownToken): Verdict | Promise<Verdict> {
    exchange.claims = claims
    if (subject === null) return 'go-on'
    const stored = this.#sessions.find(subject)
    if (stored instanceof Promise) return this.#afterLookup(exchange, token, subject, stored)
    return stored ? this.#identify(exchange, token, subject, stored) : this.#introduce(exchange, token, subject)
  }

  async #afterLookup(
    exchange: Exchange,
    token: string,
    subject: Subject,
    looking: Promise<Session | undefined>,
  ): Promise<Verdict> {
    let stored: Session | undefined
    try {
      stored = await looking
    } catch (cause) {
      return refuseLookup(exchange, cause)
    }
    return stored ? this.#identify(exchange, token, subject, stored) : await this.#introduce(exchange, token, subject)
  }

  /** The first request of a subject. */
  async #introduce(exchange: Exchange, token: string, subject: Subject): Promise<Verdict> {
    const verdict = this.#identify(exchange, token, subject, undefined)
    if (verdict === 'done') return verdict
    try {
      await this.#sessions.keep(subject)
    } catch (cause) {
      const error = failure('session_not_saved', { reason: textOf(cause) }, cause)
      exchange.api.log.error({ err: error }, error.message)
    }
    return verdict
  }

  #identify(exchange: Exchange, token: string, subject: Subject, stored: Session | undefined): Verdict {
    try {
      exchange.identify(this.#sessions.sessionOf(subject, stored), subject.key)
      return 'go-on'
    } catch (cause) {
      return refuseCredential(exchange, failure('jwt_without_policy', { reason: textOf(cause) }, cause), token)
    }
  }
}

function openKeys(keys: VerificationKey | readonly KeyUrl[], { keySets, onRelease }: StepTools): VerificationKeys {
  if (!Array.isArray(keys)) return new SingleKey(keys as VerificationKey)
  const urls = keys as readonly KeyUrl[]
  onRelease(() => {
    for (const { url } of urls) keySets.release(url)
  })
  return new JwksKeys(urls.map(({ url, timeoutMs }) => ({ set: keySets.open(url), timeoutMs: timeoutMs || keySets.timeoutMs })))
}
