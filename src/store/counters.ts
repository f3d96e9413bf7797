/**
 * Counts requests against limits: exactly, however many ask at once. Rates and quotas never meet, be their keys the same. A key is
 * a whole name, kind included, as the classic gateway has it: `rate-limit-…`, `apilimiter-…`, `quota-…`; in Redis it stands beside others.
 *
 * Times are milliseconds; `now` is the Unix time of the request where the caller has it at hand, else the store looks at its
 * clock. A store that has a clock of its own, for all gateways, goes by that one.
 */
export interface Counters {
  /**
   * Asks to let one request in, and counts it if it is. The rule is that of this call: it may differ from the one before, and
   * what was counted then still counts.
   *
   * @throws `store_rule_invalid`
   */
  take(key: string, rule: RateRule, now?: number): RateVerdict | Promise<RateVerdict>

  /** Forgets what was counted against a rate. */
  reset(key: string): void | Promise<void>

  /**
   * Asks for a part of a quota, and counts it if there is enough left.
   *
   * @throws `store_rule_invalid`
   */
  spend(key: string, rule: QuotaRule, now?: number): QuotaVerdict | Promise<QuotaVerdict>

  /** How far a quota is used; `undefined` where no window is under way. */
  peekQuota(key: string, now?: number): QuotaState | undefined | Promise<QuotaState | undefined>

  /** Ends the window of a quota: the next request begins another. */
  resetQuota(key: string): void | Promise<void>
}

/**
 * How a rate is counted:
 *
 * - `sliding-window`: the time of each request is kept, so that no stretch of `windowMs`, wherever it begins, has more than
 *   `limit`.
 * - `token-bucket`: `limit` at once, refilled evenly within `windowMs`.
 * - `fixed-window`: at most `limit` in a window that begins with a request and lasts `windowMs`; two windows may meet in a burst.
 */
export type RateAlgorithm = 'sliding-window' | 'token-bucket' | 'fixed-window'

export interface RateRule {
  readonly algorithm: RateAlgorithm
  /** Requests for each window, a whole number; 0 lets nobody in. */
  readonly limit: number
  /** The window in milliseconds, a whole number greater than 0. */
  readonly windowMs: number
  /** What the request counts, a whole number; 0 only looks whether one that counts 1 would be let in. Default 1. */
  readonly cost?: number
}

export interface RateVerdict {
  /** A request that is not allowed is not counted. */
  readonly allowed: boolean
  /** That of the rule. */
  readonly limit: number
  /** How many more would be let in at once. */
  readonly remaining: number
  /**
   * Milliseconds until more is let in than now: until the oldest request leaves the window, a token comes back, or the fixed
   * window ends. 0 where nothing is counted.
   */
  readonly resetMs: number
  /** Milliseconds until a request like this one is let in, if no other comes first; 0 where it was allowed. */
  readonly retryAfterMs: number
}

export interface QuotaRule {
  /** How much there is for each window, a whole number; 0 lets nobody in. */
  readonly max: number
  /** How long a window lasts that begins with a request, in milliseconds, a whole number; 0: for ever. */
  readonly renewalMs: number
  /** What the request counts, a whole number; 0 only looks whether one that counts 1 would be let in. Default 1. */
  readonly cost?: number
}

export interface QuotaVerdict {
  /** A request that is not allowed is not counted. */
  readonly allowed: boolean
  readonly remaining: number
  /** When the window ends, in Unix milliseconds; 0: never. Where none is under way, when one that begins now would end. */
  readonly renewsAtMs: number
}

export interface QuotaState {
  readonly used: number
  /** When the window ends, in Unix milliseconds; 0: never. */
  readonly renewsAtMs: number
}
