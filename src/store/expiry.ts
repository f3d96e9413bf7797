import { failure } from '../errors.ts'

/**
 * When an entry with this time to live ends, in milliseconds of the clock; infinity without one.
 *
 * @param ttl in seconds
 * @throws `store_ttl_invalid`
 */
export function expiryOf(key: string, ttl: number | undefined, clock: () => number): number {
  if (ttl === undefined) return Number.POSITIVE_INFINITY
  if (Number.isFinite(ttl) && ttl > 0) return clock() + ttl * 1000
  throw failure('store_ttl_invalid', { key, ttl })
}
