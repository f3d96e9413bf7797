import { failure } from '../errors.ts'
import type { QuotaRule, RateRule } from './counters.ts'

/** @throws `store_rule_invalid` */
export function checkRateRule({ limit, windowMs, cost }: RateRule): void {
  if (!isCount(limit)) throw invalid('limit', limit, 'a whole number of at least 0')
  if (!isCount(windowMs) || windowMs === 0) throw invalid('windowMs', windowMs, 'a whole number greater than 0')
  if (cost !== undefined && !isCount(cost)) throw invalid('cost', cost, 'a whole number of at least 0')
}

/** @throws `store_rule_invalid` */
export function checkQuotaRule({ max, renewalMs, cost }: QuotaRule): void {
  if (!isCount(max)) throw invalid('max', max, 'a whole number of at least 0')
  if (!isCount(renewalMs)) throw invalid('renewalMs', renewalMs, 'a whole number of at least 0')
  if (cost !== undefined && !isCount(cost)) throw invalid('cost', cost, 'a whole number of at least 0')
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function invalid(field: string, found: unknown, expected: string): Error {
  return failure('store_rule_invalid', { field, found, expected })
}
