import type { CallOutcome } from '../chain/upstream-call.ts'
import type { Ejection } from './ejection.ts'
import type { UptimeTest } from './uptime-test.ts'

/** What is known of how a target does: by tests, and by what becomes of requests. */
export class TargetHealth {
  readonly #tests: readonly UptimeTest[]
  readonly #ejection: Ejection | null

  /** @param tests those of its host, as far as they decide where requests go */
  constructor(tests: readonly UptimeTest[], ejection: Ejection | null) {
    this.#tests = tests
    this.#ejection = ejection
  }

  /** Whether a request may go there now. */
  get admits(): boolean {
    if (this.#ejection !== null && !this.#ejection.admits) return false
    return this.#tests.every(({ down }) => !down)
  }

  /** A request goes there; what is returned has to be told how it ended. */
  admit(): Admission {
    return new Admission(this.#ejection)
  }
}

/** One request to a target. */
export class Admission implements CallOutcome {
  readonly #ejection: Ejection | null
  readonly #isTrial: boolean

  constructor(ejection: Ejection | null) {
    this.#ejection = ejection
    this.#isTrial = ejection?.admit() ?? false
  }

  succeeded(): void {
    this.#ejection?.succeeded(this.#isTrial)
  }

  failed(): void {
    this.#ejection?.failed(this.#isTrial)
  }

  /** It ended in a way that says nothing about the target. */
  abandoned(): void {
    this.#ejection?.abandoned(this.#isTrial)
  }
}
