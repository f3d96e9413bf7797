/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  /** How many failures within the window open it; 0 means that none do. */
  readonly maxErrors: number
  /** In milliseconds. */
  readonly windowMs: number
  /** How long it stays open before one call is tried, in milliseconds. */
  readonly cooldownMs: number
}

/** `closed`: calls go through. `open`: none does. `half-open`: one is tried, and decides. */
export type BreakerPosition = 'closed' | 'open' | 'half-open'

/** How a call was let through; to be given back when it ends, for only the trial decides while the breaker is half open. */
export type Admission = 'normal' | 'trial'

/**
 * Keeps calls from a plugin that fails again and again. In front of a plugin that works it costs a comparison before a
 * call and one after it; it has no timers.
 */
export class Breaker {
  readonly #limits: BreakerLimits
  readonly #onMoved: (to: BreakerPosition, from: BreakerPosition) => void
  #position: BreakerPosition = 'closed'
  #openUntil = 0
  #trying = false
  /** When the last failures were, the oldest first; fewer than open the breaker. */
  #failures: number[] = []

  constructor(limits: BreakerLimits, onMoved: (to: BreakerPosition, from: BreakerPosition) => void) {
    this.#limits = limits
    this.#onMoved = onMoved
  }

  /** A breaker whose cooldown is over is still `open`: it is the next call that tries. */
  get position(): BreakerPosition {
    return this.#position
  }

  /** How long no call will go through, in milliseconds. */
  get remainingMs(): number {
    return this.#position === 'open' ? Math.max(0, this.#openUntil - performance.now()) : 0
  }

  /** Lets a call through, or does not (`null`). */
  admit(): Admission | null {
    return this.#position === 'closed' ? 'normal' : this.#admitTrial()
  }

  #admitTrial(): Admission | null {
    if (this.#trying || this.remainingMs > 0) return null
    this.#trying = true
    if (this.#position === 'open') this.#move('half-open')
    return 'trial'
  }

  succeeded(admission: Admission): void {
    if (admission === 'trial') this.close()
  }

  failed(admission: Admission): void {
    if (admission === 'trial') this.#open()
    else if (this.#position === 'closed' && this.#failedTooOften()) this.#open()
  }

  /** The call has ended in a way that says nothing about the plugin. */
  abandoned(admission: Admission): void {
    if (admission === 'trial') this.#trying = false
  }

  close(): void {
    if (this.#position === 'closed') return
    this.#trying = false
    this.#move('closed')
  }

  #open(): void {
    this.#trying = false
    this.#failures = []
    this.#openUntil = performance.now() + this.#limits.cooldownMs
    this.#move('open')
  }

  #failedTooOften(): boolean {
    const { maxErrors, windowMs } = this.#limits
    if (maxErrors === 0) return false
    const now = performance.now()
    this.#failures = this.#failures.filter((at) => at > now - windowMs)
    this.#failures.push(now)
    return this.#failures.length >= maxErrors
  }

  #move(position: BreakerPosition): void {
    const from = this.#position
    this.#position = position
    this.#onMoved(position, from)
  }
}
