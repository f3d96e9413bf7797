import type { RateRule, RateVerdict } from '../../counters.ts'
import { isPutBack, type Rate } from './rate.ts'

/**
 * How many tokens are missing, in parts of a token: a request takes `windowMs` parts, `limit` parts come back in each
 * millisecond. So everything is a whole number, and no rounding lets a request too many in.
 */
export class TokenBucket implements Rate {
  readonly algorithm = 'token-bucket'
  #missing = 0
  #limit = 0
  #windowMs = 1
  #latest = 0

  take({ limit, windowMs, cost = 1 }: RateRule, now: number): RateVerdict {
    this.#refill(now, limit, windowMs)
    const wanted = cost || 1
    const excess = this.#missing + (wanted - limit) * windowMs
    const allowed = excess <= 0
    if (allowed) this.#missing += cost * windowMs
    const remaining = Math.max(0, Math.floor(limit - this.#missing / windowMs))
    const untilNext = this.#missing - (limit - remaining - 1) * windowMs
    return {
      allowed,
      limit,
      remaining,
      resetMs: this.#missing > 0 ? timeOf(untilNext, limit, windowMs) : 0,
      retryAfterMs: allowed ? 0 : timeOf(wanted > limit ? Number.POSITIVE_INFINITY : excess, limit, windowMs),
    }
  }

  isOver(now: number): boolean {
    return this.#missing <= (now - this.#latest) * this.#limit
  }

  #refill(time: number, limit: number, windowMs: number): void {
    if (isPutBack(time, this.#latest, windowMs)) {
      this.#missing = 0
      this.#latest = time
    }
    // Where the window is another, tokens stay what they were, and parts do not.
    if (windowMs !== this.#windowMs) this.#missing = (this.#missing / this.#windowMs) * windowMs
    const now = Math.max(time, this.#latest)
    this.#missing = Math.max(0, this.#missing - (now - this.#latest) * limit)
    this.#limit = limit
    this.#windowMs = windowMs
    this.#latest = now
  }
}

/** How long it takes for so many parts to come back; a window's length if they never do. */
function timeOf(parts: number, limit: number, windowMs: number): number {
  return limit > 0 && Number.isFinite(parts) ? Math.ceil(parts / limit) : windowMs
}
