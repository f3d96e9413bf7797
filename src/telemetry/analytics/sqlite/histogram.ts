import { rounded } from '../../json-text.ts'
import type { LatencySummary } from '../query.ts'

/** Each bucket ends 2 % above where it begins, so that its middle is within 1 % of whatever is in it. */
const GROWTH = 1.02
/** What is shorter counts as this, in milliseconds. */
const SHORTEST = 0.001

/** Durations, counted in buckets: it stays small, however many there are. */
export class Histogram {
  readonly #counts = new Map<number, number>()
  #total = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0

  add(ms: number): void {
    const bucket = Math.floor(Math.log(Math.max(ms, SHORTEST) / SHORTEST) / Math.log(GROWTH))
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1)
    this.#total += 1
    this.#sum += ms
    this.#min = Math.min(this.#min, ms)
    this.#max = Math.max(this.#max, ms)
  }

  summary(): LatencySummary {
    const [p50, p95, p99] = this.#percentiles([0.5, 0.95, 0.99])
    const mean = this.#total === 0 ? 0 : this.#sum / this.#total
    return { mean: rounded(mean), p50: rounded(p50), p95: rounded(p95), p99: rounded(p99), max: rounded(this.#max) }
  }

  /** By the nearest rank. */
  #percentiles(shares: readonly [number, number, number]): [number, number, number] {
    const buckets = [...this.#counts].sort(([a], [b]) => a - b)
    const find = (share: number) => {
      let rank = Math.ceil(share * this.#total)
      for (const [bucket, count] of buckets) {
        rank -= count
        if (rank <= 0) return this.#within(SHORTEST * GROWTH ** (bucket + 0.5))
      }
      return 0
    }
    return [find(shares[0]), find(shares[1]), find(shares[2])]
  }

  #within(ms: number): number {
    return Math.min(Math.max(ms, this.#min), this.#max)
  }
}
