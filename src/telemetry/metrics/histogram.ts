/** The upper bounds of the buckets, in seconds. */
export const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/** How often something took how long. */
export class Histogram {
  /** By bucket, not added up; the last one is for what took longer than the last bound. */
  readonly counts = new Array<number>(bounds.length + 1).fill(0)
  /** In seconds. */
  sum = 0

  observe(seconds: number): void {
    let at = 0
    while (at < bounds.length && seconds > (bounds[at] as number)) at += 1
    this.counts[at] = (this.counts[at] as number) + 1
    this.sum += seconds
  }

  get count(): number {
    return this.counts.reduce((sum, one) => sum + one, 0)
  }
}
