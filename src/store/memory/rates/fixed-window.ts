import type { RateRule, RateVerdict } from '../../counters.ts'
import { isPutBack, type Rate } from './rate.ts'

/** A count, and when its window began. */
export class FixedWindow implements Rate {
  readonly algorithm = 'fixed-window'
  #used = 0
  #began = 0
  #windowMs = 0

  take({ limit, windowMs, cost = 1 }: RateRule, now: number): RateVerdict {
    this.#windowMs = windowMs
    if (now - this.#began >= windowMs || isPutBack(now, this.#began, windowMs)) this.#used = 0
    if (this.#used === 0) this.#began = now
    const allowed = this.#used + (cost || 1) <= limit
    if (allowed) this.#used += cost
    const resetMs = this.#used > 0 ? Math.min(this.#began + windowMs - now, windowMs) : 0
    const remaining = Math.max(0, limit - this.#used)
    return { allowed, limit, remaining, resetMs, retryAfterMs: allowed ? 0 : resetMs || windowMs }
  }

  isOver(now: number): boolean {
    return this.#used === 0 || now - this.#began >= this.#windowMs
  }
}
