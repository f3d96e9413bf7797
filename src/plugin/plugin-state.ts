import type { Logger } from '../log.ts'
import type { Phase } from '../request/chain/phases.ts'
import { type Admission, Breaker, type BreakerLimits, type BreakerPosition } from './breaker.ts'

/** Where plugins are called: in the chain, or on the records of requests. */
export type Hook = Phase | 'traffic_logs'

/** Which plugin: one exported function, as used by one API in one hook. */
export interface PluginIdentity {
  /** Names the plugin towards the admin API; the same after a reload and a restart. */
  readonly id: string
  /** The exported function. */
  readonly name: string
  readonly hook: Hook
  readonly apiId: string
  /** JSON path of the plugin's entry in the definition. */
  readonly field: string
  /** Which version of the artifact; see `PluginOwner.script`. '' if it is not loaded. */
  readonly script: string
}

/** How a plugin is doing; times are ISO 8601. Counts begin when this version of the artifact is first used. */
export interface PluginHealth {
  readonly calls: number
  /** Calls that failed, timeouts among them. */
  readonly errors: number
  readonly timeouts: number
  /** What was thrown outside of a call: by timers, listeners and promises that nobody awaits. */
  readonly late_errors: number
  readonly last_error?: { readonly message: string; readonly at: string }
  readonly breaker: {
    readonly state: BreakerPosition
    /** From when on a call is tried, where it is open. */
    readonly retry_at?: string
  }
}

const EVENTS: Record<BreakerPosition, string> = {
  open: 'PluginBreakerTripped',
  'half-open': 'PluginBreakerHalfOpen',
  closed: 'PluginBreakerReset',
}

/** Counts what becomes of a plugin's calls, and decides by it whether the plugin is called at all. */
export class PluginState {
  readonly identity: PluginIdentity
  readonly limits: BreakerLimits
  readonly #log: Logger
  readonly #breaker: Breaker
  #calls = 0
  #errors = 0
  #timeouts = 0
  #lateErrors = 0
  #lastError: { message: string; at: string } | undefined = undefined

  constructor(identity: PluginIdentity, limits: BreakerLimits, log: Logger) {
    this.identity = identity
    this.limits = limits
    this.#log = log
    this.#breaker = new Breaker(limits, (to, from) => this.#announce(to, from))
  }

  /** Lets a call begin, or does not (`null`) because the breaker is open. */
  begin(): Admission | null {
    const admission = this.#breaker.admit()
    if (admission !== null) this.#calls += 1
    return admission
  }

  succeeded(admission: Admission): void {
    this.#breaker.succeeded(admission)
  }

  failed(admission: Admission, message: string, isTimeout: boolean): void {
    this.#errors += 1
    if (isTimeout) this.#timeouts += 1
    this.#note(message)
    this.#breaker.failed(admission)
  }

  /** The call has failed through no fault of the plugin's. */
  abandoned(admission: Admission): void {
    this.#breaker.abandoned(admission)
  }

  failedLate(message: string): void {
    this.#lateErrors += 1
    this.#note(message)
    this.#breaker.failed('normal')
  }

  /** Closes the breaker by hand. */
  enable(): void {
    this.#breaker.close()
  }

  /** Why the breaker is open, in words. */
  get reason(): string {
    const wait = this.#breaker.remainingMs
    const next = wait > 0 ? `a call is tried in ${Math.ceil(wait)} ms` : 'a call is being tried'
    return `it failed too often, the last time with: ${this.#lastError?.message}; ${next}`
  }

  get health(): PluginHealth {
    const { position: state, remainingMs } = this.#breaker
    return {
      calls: this.#calls,
      errors: this.#errors,
      timeouts: this.#timeouts,
      late_errors: this.#lateErrors,
      ...(this.#lastError && { last_error: this.#lastError }),
      breaker: { state, ...(state === 'open' && { retry_at: new Date(Date.now() + remainingMs).toISOString() }) },
    }
  }

  #note(message: string): void {
    this.#lastError = { message, at: new Date().toISOString() }
  }

  #announce(to: BreakerPosition, from: BreakerPosition): void {
    const { id, name, hook } = this.identity
    const { maxErrors, windowMs, cooldownMs } = this.limits
    const cause = from === 'closed' ? `it failed ${maxErrors} times within ${windowMs} ms` : 'it failed again'
    const texts: Record<BreakerPosition, string> = {
      open: `Plugin "${name}" (${hook}) is not called for ${cooldownMs} ms: ${cause}`,
      'half-open': `Plugin "${name}" (${hook}) is tried again with one call`,
      closed: `Plugin "${name}" (${hook}) is called again`,
    }
    this.#log.warn({ event: EVENTS[to], plugin_id: id, plugin: name, hook }, texts[to])
  }
}
