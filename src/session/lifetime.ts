import type { Session } from '../plugin/contract/session.ts'

/** A key that is to be gone already is kept for this long: a store takes no time to live of 0. */
const SHORTEST_SECONDS = 0.001

/**
 * How long a key is kept from now on, in seconds: its `session_lifetime`, or until it has expired where it is to be deleted then.
 * null: for ever.
 *
 * @param now Unix milliseconds
 */
export function lifetimeOf(session: Session, now: number): number | null {
  const { session_lifetime: lifetime = 0, expires = 0, post_expiry_action: action } = session
  const ends = [
    ...(lifetime > 0 ? [lifetime] : []),
    ...(action === 'delete' && expires > 0 ? [expires + (session.post_expiry_grace_period ?? 0) - now / 1000] : []),
  ]
  return ends.length === 0 ? null : Math.max(SHORTEST_SECONDS, Math.min(...ends))
}
