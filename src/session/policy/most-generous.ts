import type { SessionLimits } from '../../plugin/contract/session.ts'

/** The parts of limits that policies govern, each with its fields. */
export type LimitPart = 'rate_limit' | 'quota' | 'complexity'

export const limitParts: readonly LimitPart[] = ['rate_limit', 'quota', 'complexity']

const fieldsOf = {
  rate_limit: ['rate', 'per', 'throttle_interval', 'throttle_retry_limit'],
  quota: ['quota_max', 'quota_renewal_rate'],
  complexity: ['max_query_depth'],
} as const satisfies Record<LimitPart, readonly (keyof SessionLimits)[]>

/** What stands for "no limit" where something else would be taken for one. */
const UNLIMITED: Readonly<Record<LimitPart, SessionLimits>> = {
  rate_limit: { rate: -1, per: -1 },
  quota: { quota_max: -1, quota_renewal_rate: -1 },
  complexity: { max_query_depth: -1 },
}

/** The fields of one part, those that are set. */
export function partOf(limits: SessionLimits, part: LimitPart): SessionLimits {
  return Object.fromEntries(fieldsOf[part].flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]])))
}

export function unlimited(part: LimitPart): SessionLimits {
  return UNLIMITED[part]
}

export function withoutPart<T extends SessionLimits>(limits: T, part: LimitPart): T {
  const rest = { ...limits }
  for (const name of fieldsOf[part]) delete rest[name]
  return rest
}

/**
 * What several limits come to. A negative one is none, and the most generous of all; 0 says nothing; else the highest wins, together
 * with the time that it is for.
 */
export function mostGenerous(all: readonly SessionLimits[], part: LimitPart): SessionLimits {
  switch (part) {
    case 'rate_limit':
      return {
        ...best(all, compareRates, ['rate', 'per']),
        ...best(all, compareRetries, ['throttle_interval', 'throttle_retry_limit']),
      }
    case 'quota':
      return best(all, compareQuotas, ['quota_max', 'quota_renewal_rate'])
    case 'complexity':
      return best(all, (a, b) => order(height(a.max_query_depth), height(b.max_query_depth)), ['max_query_depth'])
  }
}

type Compare = (a: SessionLimits, b: SessionLimits) => number

function best(all: readonly SessionLimits[], compare: Compare, names: readonly (keyof SessionLimits)[]): SessionLimits {
  const nothing: SessionLimits = {}
  const winner = all.reduce((found, each) => (compare(each, found) > 0 ? each : found), nothing)
  return Object.fromEntries(names.flatMap((name) => (winner[name] === undefined ? [] : [[name, winner[name]]])))
}

/** By requests a second, then by how many may come at once. */
const compareRates: Compare = (a, b) => order(speed(a), speed(b)) || order(height(a.rate), height(b.rate))

const compareRetries: Compare = (a, b) => order(retries(a), retries(b))

/** By the number, then by how soon it is renewed. */
const compareQuotas: Compare = (a, b) => order(height(a.quota_max), height(b.quota_max)) || order(renewals(a), renewals(b))

function order(a: number, b: number): number {
  return a === b ? 0 : a - b
}

function height(limit: number | undefined): number {
  return limit === undefined ? 0 : limit < 0 ? Number.POSITIVE_INFINITY : limit
}

function speed({ rate = 0, per = 0 }: SessionLimits): number {
  if (rate < 0) return Number.POSITIVE_INFINITY
  return rate > 0 && per > 0 ? rate / per : 0
}

function retries({ throttle_interval: interval = 0, throttle_retry_limit: limit = 0 }: SessionLimits): number {
  return interval > 0 && limit > 0 ? limit : 0
}

function renewals({ quota_renewal_rate: seconds = 0 }: SessionLimits): number {
  return seconds > 0 ? 1 / seconds : 0
}
