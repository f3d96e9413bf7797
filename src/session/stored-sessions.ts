import type { Session } from '../plugin/contract/session.ts'
import type { Sessions } from '../request/steps/session/sessions.ts'
import type { SessionStore } from '../store/store.ts'

/** The keys in the store. */
export class StoredSessions implements Sessions {
  readonly #store: SessionStore

  constructor(store: SessionStore) {
    this.#store = store
  }

  find(key: string): Promise<Session | undefined> {
    return this.#store.get(key)
  }
}
