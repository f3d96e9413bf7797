import type { RateRule, RateVerdict } from '../../counters.ts'
import { isPutBack, type Rate } from './rate.ts'

const FIRST_CAPACITY = 4

/**
 * The times of the requests that were let in, in a ring. Requests of the same millisecond share an entry, so that there are
 * no more entries than the limit, and no more than the window has milliseconds.
 */
export class SlidingLog implements Rate {
  readonly algorithm = 'sliding-window'
  /** As long as a power of two, so that a mask takes an index round. */
  #times = new Float64Array(FIRST_CAPACITY)
  #counts = new Float64Array(FIRST_CAPACITY)
  #first = 0
  #size = 0
  #used = 0
  #windowMs = 0

  take({ limit, windowMs, cost = 1 }: RateRule, time: number): RateVerdict {
    const now = this.#forget(time, windowMs)
    const allowed = this.#used + (cost || 1) <= limit
    if (allowed && cost > 0) this.#add(now, cost)
    const used = this.#used
    return {
      allowed,
      limit,
      remaining: used < limit ? limit - used : 0,
      resetMs: used > 0 ? (this.#times[this.#first] as number) + windowMs - now : 0,
      retryAfterMs: allowed ? 0 : this.#untilFree(used + (cost || 1) - limit, now),
    }
  }

  isOver(now: number): boolean {
    return this.#size === 0 || this.#latest() + this.#windowMs <= now
  }

  /** Drops what has left the window. Returns the time to go by, which does not run back. */
  #forget(now: number, windowMs: number): number {
    this.#windowMs = windowMs
    const mask = this.#times.length - 1
    while (this.#size > 0 && (this.#times[this.#first] as number) <= now - windowMs) {
      this.#used -= this.#counts[this.#first] as number
      this.#first = (this.#first + 1) & mask
      this.#size--
    }
    if (this.#size === 0) return now
    const latest = this.#latest()
    if (!isPutBack(now, latest, windowMs)) return Math.max(now, latest)
    this.#size = 0
    this.#used = 0
    return now
  }

  #add(now: number, cost: number): void {
    this.#used += cost
    const last = (this.#first + this.#size - 1) & (this.#times.length - 1)
    if (this.#size > 0 && this.#times[last] === now) {
      this.#counts[last] = (this.#counts[last] as number) + cost
      return
    }
    if (this.#size === this.#times.length) this.#grow()
    const next = (this.#first + this.#size) & (this.#times.length - 1)
    this.#times[next] = now
    this.#counts[next] = cost
    this.#size++
  }

  #grow(): void {
    this.#times = this.#unrolled(this.#times)
    this.#counts = this.#unrolled(this.#counts)
    this.#first = 0
  }

  #unrolled(ring: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    const longer = new Float64Array(ring.length * 2)
    longer.set(ring.subarray(this.#first))
    longer.set(ring.subarray(0, this.#first), ring.length - this.#first)
    return longer
  }

  /** How long until `missing` more are free; a window's length if they never are. */
  #untilFree(missing: number, now: number): number {
    let freed = 0
    for (let i = 0; i < this.#size; i++) {
      const at = (this.#first + i) & (this.#times.length - 1)
      freed += this.#counts[at] as number
      if (freed >= missing) return (this.#times[at] as number) + this.#windowMs - now
    }
    return this.#windowMs
  }

  #latest(): number {
    return this.#times[(this.#first + this.#size - 1) & (this.#times.length - 1)] as number
  }
}
