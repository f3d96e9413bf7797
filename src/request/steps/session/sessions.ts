import type { Session } from '../../../plugin/contract/session.ts'

/** The keys of an organisation, as the APIs of that organisation see them. */
export interface Sessions {
  /**
   * The session of a key as a client sends it, with its policies applied; `undefined` if there is none. At once where it is
   * at hand, so that the path of a request need not wait. The object is shared: who changes it changes a copy. Rejects
   * where the store cannot be asked.
   */
  find(key: string): Session | undefined | Promise<Session | undefined>

  /**
   * A session with its policies applied: another object, or the session itself where it names none.
   *
   * @throws `policy_unknown`, `policy_foreign`, `policies_mixed`, `policies_void`
   */
  apply(session: Session): Session

  /**
   * Stores a session, before its policies, so that `find` finds it from now on: in place of the one that the key has,
   * if it has one.
   */
  save(key: string, session: Session): Promise<void>

  /** The key of an id of this organisation, for instance a user's name. */
  keyOf(id: string): string

  /**
   * What is counted under a key: what its session is stored under, if it has been found in the store, else what it would be
   * stored under.
   *
   * @param session as it was found
   */
  storedKey(key: string, session?: Session): string
}

/** The keys of every organisation. */
export interface AllSessions {
  of(orgId: string): Sessions
}
