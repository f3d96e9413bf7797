import { failure } from '../errors.ts'

/**
 * Adds to a stored number. Whole numbers only, so that a sum is exact in every store.
 *
 * @param text the JSON that is stored
 * @throws `store_increment_invalid`
 */
export function sum(key: string, text: string, by: number): number {
  const total = sumOf(text, by)
  if (total === undefined) throw failure('store_increment_invalid', { key, found: text, by })
  return total
}

/** As {@link sum}; `undefined` where it throws. */
export function sumOf(text: string, by: number): number | undefined {
  const found: unknown = JSON.parse(text)
  const total = Number.isSafeInteger(found) && Number.isSafeInteger(by) ? (found as number) + by : Number.NaN
  return Number.isSafeInteger(total) ? total : undefined
}
