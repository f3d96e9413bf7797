import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long requests may have to wait for a piece of a reload, in milliseconds. */
const SLICE_MS = 8

/**
 * Lets requests be served in the midst of work that takes long: whoever does it breathes between two pieces. Several may work
 * at once and share one.
 */
export class Breather {
  #until = performance.now() + SLICE_MS
  #pause: Promise<void> | null = null

  /** Goes on at once while there is time left in this turn of the event loop, else in one to come. */
  async breathe(): Promise<void> {
    while (performance.now() >= this.#until) {
      this.#pause ??= this.#wait()
      await this.#pause
    }
  }

  async #wait(): Promise<void> {
    await nextTurn()
    this.#until = performance.now() + SLICE_MS
    this.#pause = null
  }
}
