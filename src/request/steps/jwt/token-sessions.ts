import { createHash } from 'node:crypto'
import type { Session } from '../../../plugin/contract/session.ts'
import type { Recent } from '../../credentials/recent-entries.ts'
import type { Sessions } from '../session/sessions.ts'
import { claimAt, identityOf } from './claims.ts'
import { policiesOf } from './policies.ts'
import type { JwtOptions } from './read-jwt.ts'
import type { Claims, VerifiedToken } from './verify-token.ts'

/** A token that was checked lately. */
export interface KnownToken extends Recent {
  readonly claims: Claims
  /** The generation of the keys that it was checked with. */
  readonly generation: number
  /** Its session; null where the token's session is not the request's. */
  readonly subject: Subject | null
}

/** Who a token is of. */
export interface Subject {
  /** What its requests are counted under. */
  readonly key: string
  /** The session as the token alone makes it, before its policies. */
  readonly base: Session
  /** What was stored of the subject when `session` was made. */
  stored: Session | undefined
  /** With what is stored of the subject, and the policies of the token; null before it is made. */
  session: Session | null
}

/** Sessions of the subjects of tokens. */
export class TokenSessions {
  readonly #sessions: Sessions
  readonly #orgId: string
  readonly #options: JwtOptions

  constructor(sessions: Sessions, orgId: string, options: JwtOptions) {
    this.#sessions = sessions
    this.#orgId = orgId
    this.#options = options
  }

  /**
   * Who a token is of, and what its policies are.
   *
   * @param until when the token ends, in Unix milliseconds
   * @throws `jwt_subject_empty`, `jwt_subject_missing`, `jwt_without_policy`, `jwt_scope_without_policy`
   */
  subjectOf({ kid, claims }: VerifiedToken, until: number): Subject {
    const { identity, policies, clientField } = this.#options
    const name = identityOf(kid, claims, identity)
    const client = clientField === '' ? undefined : claimAt(claims, clientField)
    const base: Session = {
      org_id: this.#orgId,
      alias: name,
      apply_policies: [...policiesOf(claims, policies)],
      identity_provided_by: 'jwt_claim',
      ...(typeof client === 'string' && { oauth_client_id: client }),
      ...(Number.isFinite(until) && { session_lifetime: Math.max(1, Math.ceil((until - Date.now()) / 1000)) }),
    }
    const id = createHash('md5').update(name).digest('hex')
    return { key: this.#sessions.keyOf(id), base, stored: undefined, session: null }
  }

  find({ key }: Subject): Session | undefined | Promise<Session | undefined> {
    return this.#sessions.find(key)
  }

  /** Keeps a subject that is new, so that it can be seen, and turned off, like any other key. */
  async keep({ key, base }: Subject): Promise<void> {
    const { apply_policies: _, ...session } = base
    await this.#sessions.save(key, session)
  }

  /**
   * The session of a subject. Only the token says what may be done with it: another one of the same subject may have other policies.
   * Of what is stored it takes whether the subject is inactive, and its free data.
   *
   * @throws where a policy cannot be applied
   */
  sessionOf(subject: Subject, stored: Session | undefined): Session {
    if (subject.session !== null && subject.stored === stored) return subject.session
    const { is_inactive: inactive, meta_data: data } = stored ?? {}
    const session = this.#sessions.apply({
      ...subject.base,
      ...(inactive === true && { is_inactive: true }),
      ...(data && { meta_data: data }),
    })
    subject.stored = stored
    subject.session = session
    return session
  }
}
