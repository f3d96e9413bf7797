import type { CallOutcome } from '../../chain/upstream-call.ts'

/** When a breaker opens, and for how long. */
export interface BreakerRule {
  /** Which part of the last requests has to fail, above 0 and up to 1. */
  readonly threshold: number
  /** How many requests are looked at. */
  readonly samples: number
  readonly openMs: number
  /** Once that time is over one request is let through, and decides; else all are. */
  readonly halfOpen: boolean
}

/** What has become of the requests that made a breaker move. */
export interface BreakerMove {
  readonly open: boolean
  readonly failures: number
  readonly requests: number
}

/** Keeps requests from an upstream of which too many have failed. It has no timers: the next request looks at the time. */
export class Breaker {
  readonly #rule: BreakerRule
  readonly #onMoved: (move: BreakerMove) => void
  /** The last requests, in a ring: 1 where one has failed. */
  readonly #failed: Uint8Array
  #next = 0
  #seen = 0
  #failures = 0
  #open = false
  #openUntil = 0
  #trying = false

  constructor(rule: BreakerRule, onMoved: (move: BreakerMove) => void) {
    this.#rule = rule
    this.#onMoved = onMoved
    this.#failed = new Uint8Array(rule.samples)
  }

  /** Lets a request through, and wants to know how it ends; null: it does not. */
  admit(): CallOutcome | null {
    if (!this.#open) return this.#counted
    if (this.#trying || performance.now() < this.#openUntil) return null
    if (!this.#rule.halfOpen) {
      this.#close()
      return this.#counted
    }
    this.#trying = true
    return this.#trial
  }

  /** How requests end while it is closed; those that it let through before it opened count no more. */
  readonly #counted: CallOutcome = {
    succeeded: () => this.#count(0),
    failed: () => this.#count(1),
    abandoned: () => {},
  }

  readonly #trial: CallOutcome = {
    succeeded: () => this.#close(),
    failed: () => this.#reopen(),
    abandoned: () => {
      this.#trying = false
    },
  }

  #count(failed: 0 | 1): void {
    if (this.#open) return
    const { samples, threshold } = this.#rule
    this.#failures += failed - (this.#failed[this.#next] as number)
    this.#failed[this.#next] = failed
    this.#next = (this.#next + 1) % samples
    if (this.#seen < samples) this.#seen += 1
    if (failed === 0 || this.#seen < samples || this.#failures < threshold * samples) return
    this.#reopen()
    this.#open = true
    this.#onMoved({ open: true, failures: this.#failures, requests: samples })
  }

  #reopen(): void {
    this.#trying = false
    this.#openUntil = performance.now() + this.#rule.openMs
  }

  #close(): void {
    this.#trying = false
    this.#open = false
    this.#failed.fill(0)
    this.#next = 0
    this.#seen = 0
    this.#failures = 0
    this.#onMoved({ open: false, failures: 0, requests: 0 })
  }
}
