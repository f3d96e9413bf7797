import { answer, type Entry, entry } from './entry.ts'

/** The store. */
export const storeErrors = {
  store_closed: entry<void>(500, null, () => 'Use the store failed: it is closed already'),
  store_value_not_json: entry(
    500,
    null,
    (d: { key: string; type: string }) => `Store a value under "${d.key}" failed: found a ${d.type}, expected what JSON can hold`,
  ),
  store_ttl_invalid: entry(
    500,
    null,
    (d: { key: string; ttl: unknown }) =>
      `Store a value under "${d.key}" failed: found the ttl "${d.ttl}", expected seconds greater than 0, or none`,
  ),
  store_increment_invalid: entry(
    500,
    null,
    (d: { key: string; found: string; by: number }) =>
      `Increment "${d.key}" failed: found ${d.found} and the step ${d.by}, expected whole numbers with a sum below 2^53`,
  ),
  store_rule_invalid: entry(
    500,
    null,
    (d: { field: string; found: unknown; expected: string }) =>
      `Count a request failed: found the ${d.field} "${d.found}", expected ${d.expected}`,
  ),

  store_not_opened: entry(
    500,
    null,
    (d: { where: string; reason: string; remedy: string }) => `Open the store "${d.where}" failed: ${d.reason}; ${d.remedy}`,
  ),
  store_failed: entry(500, null, (d: { where: string; reason: string }) => `Use the store "${d.where}" failed: ${d.reason}`),
  store_away: entry(
    503,
    'Service temporarily unavailable',
    (d: { where: string; reason: string }) => `Reach the store "${d.where}" failed: ${d.reason}`,
  ),
  redis_unavailable: answer(503, 'Redis connection not available'),
  store_unavailable: answer(503, 'The store is not available'),
  store_unwritable: answer(503, 'The store does not take writes'),
} satisfies Record<string, Entry<never>>
