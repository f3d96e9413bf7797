/** What rates and quotas are counted by; see the store's own description. Where the answer is at hand it is given at once. */
export interface Counters {
  take(key: string, rule: RateRule, now?: number): RateVerdict | Promise<RateVerdict>
  spend(key: string, rule: QuotaRule, now?: number): QuotaVerdict | Promise<QuotaVerdict>
}

/** How a rate is counted; the store says what each one means. */
export type RateAlgorithm = 'sliding-window' | 'token-bucket' | 'fixed-window'

export interface RateRule {
  readonly algorithm: RateAlgorithm
  readonly limit: number
  readonly windowMs: number
}

export interface RateVerdict {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until more is let in than now. */
  readonly resetMs: number
  /** Milliseconds until the request would be let in. */
  readonly retryAfterMs: number
}

export interface QuotaRule {
  readonly max: number
  /** 0: for ever. */
  readonly renewalMs: number
}

export interface QuotaVerdict {
  readonly allowed: boolean
  readonly remaining: number
  /** Unix milliseconds; 0: never. */
  readonly renewsAtMs: number
}
