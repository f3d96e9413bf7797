import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { type BoundEntry, BoundSet } from '../../rules/bound-set.ts'
import { compilePathRule, type PathRule } from '../../rules/path-rule.ts'
import type { QuotaRule, RateAlgorithm, RateRule } from './counters.ts'
import { isPositive, rateRule } from './rate-rule.ts'

/** A rate, and the name that it is counted under. */
export interface Rate {
  readonly rule: RateRule
  /** '' counts all of the key's requests together, wherever they go. */
  readonly scope: string
  /** Has a request that is over the rate wait and try again; null refuses it at once. */
  readonly throttle: { readonly intervalMs: number; readonly retries: number } | null
}

/** A quota, likewise. */
export interface Quota {
  readonly rule: QuotaRule
  readonly scope: string
}

/** What a key may do on one API. */
export interface Limits {
  readonly rate: Rate | null
  /** The rates of single endpoints, in place of `rate`. */
  readonly endpoints: BoundSet<Rate | null> | null
  readonly quota: Quota | null
}

/** What limits are made of: on a session, on its entry for an API, on an endpoint of that. */
interface LimitFields {
  readonly rate?: unknown
  readonly per?: unknown
  readonly throttle_interval?: unknown
  readonly throttle_retry_limit?: unknown
  readonly quota_max?: unknown
  readonly quota_renewal_rate?: unknown
}

/** Limits and parts of the definition that turn them off. */
export interface LimitsOptions {
  readonly apiId: string
  readonly algorithm: RateAlgorithm
  readonly rates: boolean
  readonly quotas: boolean
}

/** The limits of a session on an API: those of its entry for the API if that has any, else its own. */
export function limitsOf(session: Session, { apiId, algorithm, rates, quotas }: LimitsOptions): Limits {
  const access = session.access_rights?.[apiId]
  const ofApi = access?.limit as LimitFields | undefined
  const own = ofApi !== undefined && ofApi !== null && Object.values(ofApi).some(Boolean)
  const fields: LimitFields = own ? ofApi : (session as LimitFields)
  const scope = own ? scopeOf(access?.allowance_scope, apiId) : ''
  return {
    rate: rates ? readRate(fields, scope, algorithm) : null,
    endpoints: rates ? readEndpoints(access?.endpoints, apiId, algorithm) : null,
    quota: quotas ? readQuota(fields, scope) : null,
  }
}

/** Which rates count for a request: that of its endpoint, if it has one, else that of the API; of several that it may be for, each. */
export function ratesFor({ endpoints, rate }: Limits, exchange: Exchange): readonly Rate[] {
  if (endpoints === null) return rate ? [rate] : []
  const rates = endpoints.of(exchange).map((ofEndpoint) => (ofEndpoint === undefined ? rate : ofEndpoint))
  return rates.filter((each) => each !== null)
}

function scopeOf(allowanceScope: unknown, apiId: string): string {
  return typeof allowanceScope === 'string' && allowanceScope !== '' ? allowanceScope : apiId
}

function readRate(fields: LimitFields, scope: string, algorithm: RateAlgorithm): Rate | null {
  const rule = rateRule(fields.rate, fields.per, algorithm)
  if (!rule) return null
  const { throttle_interval: interval, throttle_retry_limit: retries } = fields
  const throttles = isPositive(interval) && isPositive(retries)
  return { rule, scope, throttle: throttles ? { intervalMs: interval * 1000, retries } : null }
}

function readQuota(fields: LimitFields, scope: string): Quota | null {
  const { quota_max: max, quota_renewal_rate: renewal } = fields
  if (!isPositive(max)) return null
  const renewalMs = isPositive(renewal) ? Math.round(renewal * 1000) : 0
  return { rule: { max: Math.floor(max), renewalMs }, scope }
}

function readEndpoints(endpoints: unknown, apiId: string, algorithm: RateAlgorithm): BoundSet<Rate | null> | null {
  if (!Array.isArray(endpoints) || endpoints.length === 0) return null
  const entries: BoundEntry<Rate | null>[] = []
  for (const { path, methods } of endpoints as { path: string; methods?: { name: string; limit: LimitFields }[] }[]) {
    const rule = pathRule(path, false)
    const anyCase = pathRule(path, true)
    if (!rule || !anyCase) continue
    for (const { name, limit } of methods ?? []) {
      entries.push({ rule, anyCase, method: name, value: readRate(limit, `${apiId}-${name}-${path}`, algorithm) })
    }
  }
  return new BoundSet(entries)
}

/** A rule that is none matches nothing: the API's own limits hold there. */
function pathRule(text: string, ignoreCase: boolean): PathRule | null {
  try {
    return compilePathRule(text, { ignoreCase })
  } catch {
    return null
  }
}
