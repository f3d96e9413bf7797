/** Deaths longer ago than this are forgotten, in milliseconds. */
const WINDOW = 10_000
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 5_000

/**
 * How soon a worker that died is replaced: at once the first time, then after 50 ms, 100 ms, and so on, twice as long
 * for each death within ten seconds. A plugin that dies now and then is hardly away; one that dies of everything costs
 * the machine next to nothing.
 */
export class RestartPace {
  #deaths: number[] = []

  /** How many deaths count. */
  get deaths(): number {
    return this.#deaths.length
  }

  /** Notes a death; returns how long to wait before the next start, in milliseconds. */
  noteDeath(now = performance.now()): number {
    this.#deaths = this.#deaths.filter((at) => now - at < WINDOW)
    this.#deaths.push(now)
    if (this.#deaths.length === 1) return 0
    return Math.min(FIRST_PAUSE * 2 ** (this.#deaths.length - 2), LONGEST_PAUSE)
  }
}
