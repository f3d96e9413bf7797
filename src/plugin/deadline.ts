/** A limit on time that can stand still. */
export class Deadline {
  readonly #onPassed: () => void
  #left: number
  #since = 0
  #timer: NodeJS.Timeout | null = null

  /** Starts to run at once; `onPassed` is called after `ms` milliseconds of running time. */
  constructor(ms: number, onPassed: () => void) {
    this.#left = ms
    this.#onPassed = onPassed
    this.resume()
  }

  pause(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#left -= performance.now() - this.#since
  }

  resume(): void {
    if (this.#timer || this.#left < 0) return
    this.#since = performance.now()
    this.#timer = setTimeout(this.#onPassed, this.#left)
  }

  /** For good. */
  stop(): void {
    this.pause()
    this.#left = -1
  }
}
