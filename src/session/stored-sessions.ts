import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Session } from '../plugin/contract/session.ts'
import { maskedKey } from '../request/steps/session/masked-key.ts'
import type { AllSessions, Sessions } from '../request/steps/session/sessions.ts'
import type { SessionStore } from '../store/store.ts'
import type { KeyForms } from './keys/key-forms.ts'
import { lifetimeOf } from './lifetime.ts'
import { applyPolicies } from './policy/apply-policies.ts'
import type { Policies } from './policy/policy.ts'
import { type KnownKey, SessionCache, type SessionCacheOptions } from './session-cache.ts'

export interface StoredSessionsOptions {
  readonly store: SessionStore
  readonly forms: KeyForms
  readonly cache: SessionCacheOptions
  readonly log: Logger
}

/** A look into the store that is under way. */
interface Search {
  readonly result: Promise<Session | undefined>
  /** Everything that the key may be stored under. */
  readonly candidates: readonly string[]
  /** Whether what it finds may be out of date. */
  stale: boolean
}

/** The keys in the store, with a cache before it. */
export class StoredSessions implements AllSessions {
  readonly forms: KeyForms
  readonly #store: SessionStore
  readonly #log: Logger
  readonly #cache: SessionCache
  readonly #searches = new Map<string, Search>()
  /** What the sessions that were found are stored under. */
  readonly #storedKeys = new WeakMap<Session, string>()
  readonly #unfollow: () => void
  #policies: Policies = new Map()

  constructor({ store, forms, cache, log }: StoredSessionsOptions) {
    this.forms = forms
    this.#store = store
    this.#log = log
    this.#cache = new SessionCache(cache)
    this.#unfollow = store.onChange((stored) => this.#drop(stored))
  }

  get policies(): Policies {
    return this.#policies
  }

  /** Has other policies applied from now on. */
  usePolicies(policies: Policies): void {
    this.#policies = policies
    this.#drop(undefined)
  }

  of(orgId: string): Sessions {
    // The length, so that no organisation's keys can be taken for another's.
    const prefix = `${orgId.length}:${orgId}`
    return {
      find: (key) => {
        const known = this.#cache.get(prefix + key)
        return known ? (known.session ?? undefined) : this.#search(prefix + key, orgId, key)
      },
      apply: (session) => applyPolicies(session, this.#policies, orgId),
      save: (key, session) => this.#save(orgId, key, session),
      keyOf: (id) => this.forms.text(orgId, id),
      storedKey: (key, session) => (session && this.#storedKeys.get(session)) ?? this.forms.stored(key),
    }
  }

  close(): void {
    this.#unfollow()
    this.#cache.clear()
  }

  #search(name: string, orgId: string, key: string): undefined | Promise<Session | undefined> {
    const under = this.#searches.get(name)
    if (under) return under.result
    const candidates = this.forms.candidates(orgId, key)
    if (candidates.length === 0) return undefined
    const result = this.#look(orgId, key, candidates)
      .then((found) => {
        if (!search.stale) this.#cache.put(name, found)
        return found.session ?? undefined
      })
      .finally(() => {
        if (this.#searches.get(name) === search) this.#searches.delete(name)
      })
    const search: Search = { result, candidates, stale: false }
    this.#searches.set(name, search)
    return result
  }

  async #look(orgId: string, key: string, candidates: readonly string[]): Promise<KnownKey> {
    const found = await this.#locate(candidates)
    if (!found) return { session: null, stored: candidates[0] as string, candidates }
    try {
      const session = applyPolicies(found.session, this.#policies, orgId)
      this.#storedKeys.set(session, found.stored)
      return { session, stored: found.stored, candidates }
    } catch (cause) {
      const error = failure('key_policies_failed', { key: maskedKey(key), reason: textOf(cause) }, cause)
      this.#log.error({ err: error, org_id: orgId }, error.message)
      return { session: null, stored: found.stored, candidates }
    }
  }

  /**
   * The first of several stored keys that there is. A store that is away may still hold the one that is in use, and knows nothing of
   * the others: it need not, since they were not there when that one was found.
   */
  async #locate(candidates: readonly string[]): Promise<{ session: Session; stored: string } | undefined> {
    const answers = await Promise.allSettled(candidates.map((stored) => this.#store.get(stored)))
    for (const [i, answer] of answers.entries()) {
      if (answer.status === 'fulfilled' && answer.value !== undefined) {
        return { session: answer.value, stored: candidates[i] as string }
      }
    }
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
    return undefined
  }

  async #save(orgId: string, key: string, session: Session): Promise<void> {
    const found = await this.#locate(this.forms.candidates(orgId, key))
    const ttl = lifetimeOf(session, Date.now())
    await this.#store.set(found?.stored ?? this.forms.stored(key), session, ttl === null ? {} : { ttl })
  }

  #drop(stored: string | undefined): void {
    if (stored === undefined) this.#cache.clear()
    else this.#cache.drop(stored)
    for (const [name, search] of this.#searches) {
      if (stored !== undefined && !search.candidates.includes(stored)) continue
      search.stale = true
      this.#searches.delete(name)
    }
  }
}
