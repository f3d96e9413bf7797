import type { Session } from '../../../plugin/contract/session.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { type BoundEntry, BoundSet } from '../../rules/bound-set.ts'
import { compilePathRule, type PathRule } from '../../rules/path-rule.ts'
import type { QuotaRule, RateAlgorithm, RateRule } from './counters.ts'
import { isPositive, rateRule } from './rate-rule.ts'

/** A rate, and the name that it is counted under. */
export interface Rate {
  readonly rule: RateRule
  readonly name: string
  /** Has a request that is over the rate wait and try again; null refuses it at once. */
  readonly throttle: { readonly intervalMs: number; readonly retries: number } | null
}

/** A quota, likewise. */
export interface Quota {
  readonly rule: QuotaRule
  readonly name: string
  /** '' counts all of the key's requests together, wherever they go. */
  readonly scope: string
}

/** What a key may do on one API. */
export interface Limits {
  /** One at most. */
  readonly rates: readonly Rate[]
  /** The rates of single endpoints, in place of `rates`. */
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
  /** What the session is counted under, without kind and scope. */
  readonly key: string
  readonly algorithm: RateAlgorithm
  readonly rates: boolean
  readonly quotas: boolean
}

/** The limits of a session on an API: those of its entry for the API if that has any, else its own. */
export function limitsOf(session: Session, { apiId, key, algorithm, rates, quotas }: LimitsOptions): Limits {
  const access = session.access_rights?.[apiId]
  const ofApi = access?.limit as LimitFields | undefined
  const own = ofApi !== undefined && ofApi !== null && Object.values(ofApi).some(Boolean)
  const fields: LimitFields = own ? ofApi : (session as LimitFields)
  const scope = own ? scopeOf(access?.allowance_scope, apiId) : ''
  const rate = rates ? readRate(fields, named('rate-limit', scope, key), algorithm) : null
  return {
    rates: rate ? [rate] : [],
    endpoints: rates ? readEndpoints(access?.endpoints, { apiId, key, algorithm }) : null,
    quota: quotas ? readQuota(fields, scope, key) : null,
  }
}

/** Which rates count for a request: that of its endpoint, if it has one, else that of the API; of several that it may be for, each. */
export function ratesFor({ endpoints, rates }: Limits, exchange: Exchange): readonly Rate[] {
  if (endpoints === null) return rates
  return endpoints.of(exchange).flatMap((ofEndpoint) => (ofEndpoint === undefined ? rates : (ofEndpoint ?? [])))
}

/** What something is counted under, as in the reference: `quota-<scope>-<key>`. */
function named(kind: 'rate-limit' | 'quota', scope: string, key: string): string {
  return scope === '' ? `${kind}-${key}` : `${kind}-${scope}-${key}`
}

function scopeOf(allowanceScope: unknown, apiId: string): string {
  return typeof allowanceScope === 'string' && allowanceScope !== '' ? allowanceScope : apiId
}

function readRate(fields: LimitFields, name: string, algorithm: RateAlgorithm): Rate | null {
  const rule = rateRule(fields.rate, fields.per, algorithm)
  if (!rule) return null
  const { throttle_interval: interval, throttle_retry_limit: retries } = fields
  const throttles = isPositive(interval) && isPositive(retries)
  return { rule, name, throttle: throttles ? { intervalMs: interval * 1000, retries } : null }
}

function readQuota(fields: LimitFields, scope: string, key: string): Quota | null {
  const { quota_max: max, quota_renewal_rate: renewal } = fields
  if (!isPositive(max)) return null
  const renewalMs = isPositive(renewal) ? Math.round(renewal * 1000) : 0
  return { rule: { max: Math.floor(max), renewalMs }, name: named('quota', scope, key), scope }
}

function readEndpoints(
  endpoints: unknown,
  { apiId, key, algorithm }: Pick<LimitsOptions, 'apiId' | 'key' | 'algorithm'>,
): BoundSet<Rate | null> | null {
  if (!Array.isArray(endpoints) || endpoints.length === 0) return null
  const entries: BoundEntry<Rate | null>[] = []
  for (const { path, methods } of endpoints as { path: string; methods?: { name: string; limit: LimitFields }[] }[]) {
    const rule = pathRule(path, false)
    const anyCase = pathRule(path, true)
    if (!rule || !anyCase) continue
    for (const { name, limit } of methods ?? []) {
      const value = readRate(limit, named('rate-limit', `${apiId}-${name}-${path}`, key), algorithm)
      entries.push({ rule, anyCase, method: name, value })
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
