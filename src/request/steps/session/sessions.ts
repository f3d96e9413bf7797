import type { Session } from '../../../plugin/contract/session.ts'

/** The keys that the gateway knows. */
export interface Sessions {
  /**
   * The session of a key, with its policies applied; `undefined` if there is none. At once where it is at hand, so that the
   * path of a request need not wait. The object is shared: who changes it changes a copy.
   */
  find(key: string): Session | undefined | Promise<Session | undefined>
}
