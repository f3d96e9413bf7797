import type { AllSessions, Sessions } from '../request/steps/session/sessions.ts'
import type { SessionStore } from '../store/store.ts'

/** The keys in the store. */
export class StoredSessions implements AllSessions {
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    this.#store = store
  }

  of(orgId: string): Sessions {
    return {
      find: (key) => this.#store.get(key),
      apply: (session) => session,
      save: (key, session) => this.#store.set(key, session),
      keyOf: (id) => (id.startsWith(orgId) ? id : `${orgId}${id}`),
    }
  }
}
