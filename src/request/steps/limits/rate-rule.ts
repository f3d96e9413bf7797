import type { RateAlgorithm, RateRule } from './counters.ts'

/**
 * The rule of `rate` requests per `per` seconds, either of which may have a fraction; null where that is no limit. Counters
 * count whole requests: half a request a second is one in two seconds.
 */
export function rateRule(rate: unknown, per: unknown, algorithm: RateAlgorithm): RateRule | null {
  if (!isPositive(rate) || !isPositive(per)) return null
  const limit = Math.max(1, Math.floor(rate))
  return { algorithm, limit, windowMs: Math.max(1, Math.round((per * 1000 * limit) / rate)) }
}

/** Sessions come from plugins as well, so that anything may stand where a number belongs. */
export function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
