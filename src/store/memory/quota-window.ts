import type { QuotaRule, QuotaState, QuotaVerdict } from '../counters.ts'

/** What of one quota is used, and until when that counts. */
export class QuotaWindow {
  #used: number
  /** Unix milliseconds; 0: for ever. */
  #renewsAtMs: number

  constructor({ used, renewsAtMs }: QuotaState = { used: 0, renewsAtMs: 0 }) {
    this.#used = used
    this.#renewsAtMs = renewsAtMs
  }

  spend({ max, renewalMs, cost = 1 }: QuotaRule, now: number): QuotaVerdict {
    if (this.isOver(now)) this.#used = 0
    const longest = renewalMs > 0 ? now + renewalMs : 0
    if (this.#used === 0) this.#renewsAtMs = longest
    // A window whose rule has become shorter, or whose clock was put back, does not outlast one that begins now.
    else if (renewalMs === 0 || this.#renewsAtMs === 0) this.#renewsAtMs = longest
    else this.#renewsAtMs = Math.min(this.#renewsAtMs, longest)
    const allowed = this.#used + (cost || 1) <= max
    if (allowed) this.#used += cost
    return { allowed, remaining: Math.max(0, max - this.#used), renewsAtMs: this.#renewsAtMs }
  }

  get state(): QuotaState {
    return { used: this.#used, renewsAtMs: this.#renewsAtMs }
  }

  /** Whether no window is under way. */
  isOver(now: number): boolean {
    return this.#used === 0 || (this.#renewsAtMs > 0 && this.#renewsAtMs <= now)
  }
}
