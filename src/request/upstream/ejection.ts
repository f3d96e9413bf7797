/** When a target that fails is left out, and for how long. */
export interface EjectionLimits {
  /** How many failures in a row. */
  readonly failures: number
  /** How long it gets nothing, before one request is tried, in milliseconds. */
  readonly cooldownMs: number
}

/** Leaves out a target whose requests fail one after the other. */
export class Ejection {
  readonly #limits: EjectionLimits
  readonly #onMoved: (out: boolean) => void
  #failures = 0
  #out = false
  #outUntil = 0
  #trying = false

  /** @param onMoved is told that the target is left out, or back */
  constructor(limits: EjectionLimits, onMoved: (out: boolean) => void) {
    this.#limits = limits
    this.#onMoved = onMoved
  }

  /** Whether a request may go there: once the time is over, one at a time. */
  get admits(): boolean {
    return !this.#out || (!this.#trying && performance.now() >= this.#outUntil)
  }

  /** A request goes there. True: it is the one that decides whether the target comes back. */
  admit(): boolean {
    this.#trying = this.#out
    return this.#out
  }

  succeeded(isTrial: boolean): void {
    if (this.#out && !isTrial) return
    this.#failures = 0
    if (this.#out) this.#move(false)
  }

  failed(isTrial: boolean): void {
    if (this.#out && !isTrial) return
    this.#failures += 1
    if (!this.#out && this.#failures < this.#limits.failures) return
    this.#trying = false
    this.#outUntil = performance.now() + this.#limits.cooldownMs
    if (!this.#out) this.#move(true)
  }

  /** The request has ended in a way that says nothing about the target. */
  abandoned(isTrial: boolean): void {
    if (isTrial) this.#trying = false
  }

  #move(out: boolean): void {
    this.#out = out
    this.#trying = false
    this.#onMoved(out)
  }
}
