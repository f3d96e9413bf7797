import { expiryOf } from '../expiry.ts'
import { toJsonText } from '../json-text.ts'
import type { StoredText } from './operations.ts'

/** @throws `store_value_not_json`, `store_ttl_invalid` */
export function storedText(key: string, value: unknown, ttl: number | undefined, clock: () => number): StoredText {
  return { text: toJsonText(key, value), expiresAt: storedExpiry(key, ttl, clock) }
}

/**
 * Whole milliseconds, never fewer than asked for; `null` without a ttl.
 *
 * @throws `store_ttl_invalid`
 */
export function storedExpiry(key: string, ttl: number | undefined, clock: () => number): number | null {
  return ttl === undefined ? null : Math.ceil(expiryOf(key, ttl, clock))
}
