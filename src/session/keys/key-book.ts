import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Session } from '../../plugin/contract/session.ts'
import { maskedKey } from '../../request/steps/session/masked-key.ts'
import type { SessionStore } from '../../store/store.ts'
import { lifetimeOf } from '../lifetime.ts'
import { withHashedPassword } from '../passwords/hash-password.ts'
import { policyIds } from '../policy/apply-policies.ts'
import type { StoredSessions } from '../stored-sessions.ts'
import type { KeyQuotas } from './key-quotas.ts'

export interface KeyBookOptions {
  readonly store: SessionStore
  readonly sessions: StoredSessions
  readonly quotas: KeyQuotas
  readonly hashPassword: (password: string) => Promise<string>
  /** Whether a key may be for every API there is. */
  readonly allowMasterKeys: boolean
  readonly log: Logger
}

/** Which key is meant. */
export interface KeyReference {
  readonly id: string
  readonly orgId: string
  /** What `id` is: what a client sends, what is stored, or the name of a user. */
  readonly as: 'key' | 'stored' | 'user'
}

/** A key that is there. */
export interface FoundKey {
  readonly stored: string
  /** As it is stored, without its policies. */
  readonly session: Session
}

export interface CreatedKey {
  /** What clients send. */
  readonly key: string
  readonly stored: string
}

type KeyEvent = 'TokenCreated' | 'TokenUpdated' | 'TokenDeleted'

/** The keys, for those who administer them. */
export class KeyBook {
  readonly #options: KeyBookOptions

  constructor(options: KeyBookOptions) {
    this.#options = options
  }

  get hashed(): boolean {
    return this.#options.sessions.forms.settings.hashed
  }

  /**
   * What keys are stored under, in order.
   *
   * @param apiId lists those alone that may use this API
   */
  async list({ prefix, apiId }: { prefix?: string | undefined; apiId?: string | undefined }): Promise<string[]> {
    const { store } = this.#options
    const all = (await store.keys(prefix ? { prefix } : {})).sort()
    if (!apiId) return all
    const listed: string[] = []
    for (const stored of all) {
      const session = await store.get(stored)
      if (session && mayUse(this.#appliedIfPossible(session), apiId)) listed.push(stored)
    }
    return listed
  }

  async find({ id, orgId, as }: KeyReference): Promise<FoundKey | undefined> {
    for (const stored of this.#candidates(id, orgId, as)) {
      const session = await this.#options.store.get(stored)
      if (session) return { stored, session }
    }
    return undefined
  }

  #candidates(id: string, orgId: string, as: KeyReference['as']): readonly string[] {
    const { forms } = this.#options.sessions
    if (as === 'stored') return [id]
    return as === 'user' ? [forms.stored(forms.text(orgId, id))] : forms.candidates(orgId, id)
  }

  /** The session of a key with its policies, and how far its quotas are used. One whose policies cannot be applied is shown without. */
  async read({ stored, session }: FoundKey): Promise<Session> {
    return await this.#options.quotas.refreshed(this.#appliedIfPossible(session), stored)
  }

  /**
   * A session with its policies applied, and expiring as they say.
   *
   * @throws as `Sessions.apply`
   */
  preview(session: Session): Session {
    return this.#applied(this.#withExpiry(session))
  }

  /**
   * @param id what the key is to be called; a new id unless given
   * @throws `key_not_created`, `admin_body_malformed`
   */
  async create(session: Session, id?: string): Promise<CreatedKey> {
    const { forms } = this.#options.sessions
    const key = forms.text(session.org_id ?? '', id)
    if ((id ?? key).length < forms.settings.minLength) {
      const problems = [
        `expected a key of at least ${forms.settings.minLength} characters (min_token_length), found ${id?.length}`,
      ]
      throw failure('admin_body_malformed', { problems })
    }
    const stored = forms.stored(key)
    const created = await this.#prepared(this.#withExpiry({ date_created: new Date().toISOString(), ...session }), undefined)
    await this.#write(stored, created)
    await this.#options.quotas.reset(this.#appliedIfPossible(created), stored)
    this.#tell('TokenCreated', key, created)
    return { key, stored }
  }

  /**
   * Puts a session in place of the one that a key has.
   *
   * @param options.keepQuotas whether what is used of its quotas stays used
   * @throws `key_not_created`, `admin_body_malformed`
   */
  async update({ stored, session: before }: FoundKey, session: Session, options: { keepQuotas: boolean }): Promise<void> {
    const { date_created: created } = before
    const updated = await this.#prepared({ ...(created !== undefined && { date_created: created }), ...session }, before)
    await this.#write(stored, updated)
    if (!options.keepQuotas) {
      await this.#options.quotas.reset(this.#appliedIfPossible(before), stored)
      await this.#options.quotas.reset(this.#appliedIfPossible(updated), stored)
    }
    this.#tell('TokenUpdated', stored, updated)
  }

  async delete({ stored, session }: FoundKey): Promise<boolean> {
    const found = await this.#options.store.delete(stored)
    await this.#options.quotas.reset(this.#appliedIfPossible(session), stored)
    this.#tell('TokenDeleted', stored, session)
    return found
  }

  /** A session that may be stored: it is for something, and its password is hashed. */
  async #prepared(session: Session, before: Session | undefined): Promise<Session> {
    this.#check(session)
    return await withHashedPassword(session, before, this.#options.hashPassword)
  }

  #check(session: Session): void {
    let rights: Session['access_rights']
    try {
      rights = this.#applied(session).access_rights
    } catch (cause) {
      throw failure('key_not_created', { problems: [textOf(cause)] }, cause)
    }
    if (this.#options.allowMasterKeys || Object.keys(rights ?? {}).length > 0) return
    throw failure('key_not_created', { problems: ['access_rights: expected an API at least, or allow_master_keys, found none'] })
  }

  #applied(session: Session): Session {
    return this.#options.sessions.of(session.org_id ?? '').apply(session)
  }

  #appliedIfPossible(session: Session): Session {
    try {
      return this.#applied(session)
    } catch {
      return session
    }
  }

  /** A new key expires as its policies say, the latest of them, unless it says so itself. */
  #withExpiry(session: Session): Session {
    if ((session.expires ?? 0) > 0) return session
    const { policies } = this.#options.sessions
    const lifetimes = policyIds(session).map((id) => policies.get(id)?.fields.key_expires_in ?? 0)
    const longest = Math.max(0, ...lifetimes)
    return longest > 0 ? { ...session, expires: Math.floor(Date.now() / 1000) + longest } : session
  }

  async #write(stored: string, session: Session): Promise<void> {
    const now = Date.now()
    const ttl = lifetimeOf(session, now)
    const written = { ...session, last_updated: String(Math.floor(now / 1000)) }
    await this.#options.store.set(stored, written, ttl === null ? {} : { ttl })
  }

  #tell(event: KeyEvent, key: string, { org_id: orgId, alias }: Session): void {
    const line = { event, key: maskedKey(key), ...(orgId && { org_id: orgId }), ...(alias && { alias }) }
    this.#options.log.info(line, messages[event])
  }
}

function mayUse({ access_rights: rights = {} }: Session, apiId: string): boolean {
  return Object.keys(rights).length === 0 || Object.hasOwn(rights, apiId)
}

const messages: Readonly<Record<KeyEvent, string>> = {
  TokenCreated: 'Key created',
  TokenUpdated: 'Key updated',
  TokenDeleted: 'Key deleted',
}
