import type { Session } from '../../plugin/contract/session.ts'
import { limitsOf } from '../../request/steps/limits/limits-of.ts'
import type { Counters } from '../../store/counters.ts'

/** A quota of a key: its own, or the one that it has on an API. */
interface KeyQuota {
  /** null: the key's own. */
  readonly apiId: string | null
  readonly max: number
  /** What it is counted under. */
  readonly name: string
}

/** What counts them. */
export type KeyCounters = Pick<Counters, 'peekQuota' | 'resetQuota'>

/** What is used of the quotas of keys. */
export class KeyQuotas {
  readonly #counters: KeyCounters

  constructor(counters: KeyCounters) {
    this.#counters = counters
  }

  /** A session with how far its quotas are used by now. */
  async refreshed(session: Session, stored: string): Promise<Session> {
    const rights = { ...session.access_rights }
    let refreshed = session
    for (const quota of quotasOf(session, stored)) {
      const state = await this.#stateOf(quota)
      if (quota.apiId === null) refreshed = { ...session, ...state }
      else rights[quota.apiId] = { ...rights[quota.apiId], limit: { ...rights[quota.apiId]?.limit, ...state } }
    }
    return session.access_rights ? { ...refreshed, access_rights: rights } : refreshed
  }

  async #stateOf({ name, max }: KeyQuota): Promise<Pick<Session, 'quota_remaining' | 'quota_renews'>> {
    const state = await this.#counters.peekQuota(name)
    if (!state) return { quota_remaining: max, quota_renews: 0 }
    return { quota_remaining: Math.max(0, max - state.used), quota_renews: Math.ceil(state.renewsAtMs / 1000) }
  }

  /** Has every quota of a session begin anew. */
  async reset(session: Session, stored: string): Promise<void> {
    for (const { name } of quotasOf(session, stored)) await this.#counters.resetQuota(name)
  }
}

function quotasOf(session: Session, stored: string): KeyQuota[] {
  const apiIds = Object.keys(session.access_rights ?? {})
  return [null, ...apiIds].flatMap((apiId) => {
    const { quota } = limitsOf(session, {
      apiId: apiId ?? '',
      key: stored,
      algorithm: 'sliding-window',
      rates: false,
      quotas: true,
    })
    // Where the scope is empty, the API has none but the key's own.
    if (!quota || (apiId !== null && quota.scope === '')) return []
    return [{ apiId, max: quota.rule.max, name: quota.name }]
  })
}
