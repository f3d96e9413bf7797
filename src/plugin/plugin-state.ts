import type { Logger } from '../log.ts'
import type { Phase } from '../request/chain/phases.ts'
import { type Admission, Breaker, type BreakerLimits, type BreakerPosition } from './breaker.ts'

/** Which plugin: one exported function, as used by one API in one hook. */
export interface PluginIdentity {
  /** Names the plugin towards the admin API; the same after a reload and a restart. */
  readonly id: string
  /** The exported function. */
  readonly plugin: string
  readonly hook: Phase
  readonly apiId: string
  /** The definition's file, and the JSON path of the plugin's entry in it. */
  readonly file: string
  readonly field: string
  /** The artifact's file. */
  readonly path: string
  /** Which version of the artifact; see `PluginOwner.script`. '' if it is not loaded. */
  readonly script: string
}

/** How a plugin is doing, as JSON; times are ISO 8601. Counts begin when this version of the artifact is loaded. */
export interface PluginReport {
  readonly id: string
  readonly plugin: string
  readonly hook: Phase
  readonly api_id: string
  readonly file: string
  readonly field: string
  readonly path: string
  readonly calls: number
  /** Calls that failed, timeouts among them. */
  readonly errors: number
  readonly timeouts: number
  /** What was thrown outside of a call: by timers, listeners and promises that nobody awaits. */
  readonly late_errors: number
  readonly last_error: { readonly message: string; readonly at: string } | null
  readonly breaker: { readonly position: BreakerPosition; readonly retry_at: string | null }
  /** Why the plugin is not loaded; null if it is. */
  readonly quarantined: string | null
}

const EVENTS: Record<BreakerPosition, string> = {
  open: 'PluginBreakerTripped',
  'half-open': 'PluginBreakerHalfOpen',
  closed: 'PluginBreakerReset',
}

/** Counts what becomes of a plugin's calls, and decides by it whether the plugin is called at all. */
export class PluginState {
  readonly identity: PluginIdentity
  readonly #limits: BreakerLimits
  readonly #log: Logger
  readonly #quarantined: string | null
  readonly #breaker: Breaker
  #calls = 0
  #errors = 0
  #timeouts = 0
  #lateErrors = 0
  #lastError: { message: string; at: string } | null = null

  /** @param quarantined why the plugin is not loaded; null if it is */
  constructor(identity: PluginIdentity, limits: BreakerLimits, log: Logger, quarantined: string | null) {
    this.identity = identity
    this.#limits = limits
    this.#log = log
    this.#quarantined = quarantined
    this.#breaker = new Breaker(limits, (position) => this.#announce(position))
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
    const next = wait > 0 ? `one call is tried in ${Math.ceil(wait)} ms` : 'one call is being tried'
    return `it failed too often, the last time with: ${this.#lastError?.message ?? 'no error'}; ${next}`
  }

  /** Whether another state would be of the same version of the same plugin, and go by the same limits. */
  matches(identity: PluginIdentity, limits: BreakerLimits, quarantined: string | null): boolean {
    return (
      this.identity.script === identity.script &&
      this.#quarantined === quarantined &&
      this.#limits.maxErrors === limits.maxErrors &&
      this.#limits.windowMs === limits.windowMs &&
      this.#limits.cooldownMs === limits.cooldownMs
    )
  }

  report(): PluginReport {
    const { id, plugin, hook, apiId, file, field, path } = this.identity
    const { position, remainingMs } = this.#breaker
    return {
      id,
      plugin,
      hook,
      api_id: apiId,
      file,
      field,
      path,
      calls: this.#calls,
      errors: this.#errors,
      timeouts: this.#timeouts,
      late_errors: this.#lateErrors,
      last_error: this.#lastError,
      breaker: { position, retry_at: position === 'open' ? new Date(Date.now() + remainingMs).toISOString() : null },
      quarantined: this.#quarantined,
    }
  }

  #note(message: string): void {
    this.#lastError = { message, at: new Date().toISOString() }
  }

  #announce(position: BreakerPosition): void {
    const { id, plugin, hook, apiId: api_id } = this.identity
    const { maxErrors, windowMs, cooldownMs } = this.#limits
    const texts: Record<BreakerPosition, string> = {
      open: `Plugin "${plugin}" (${hook}) is not called for ${cooldownMs} ms: it failed ${maxErrors} times within ${windowMs} ms, or when it was tried again`,
      'half-open': `Plugin "${plugin}" (${hook}) is tried again with one call`,
      closed: `Plugin "${plugin}" (${hook}) is called again`,
    }
    this.#log.warn({ event: EVENTS[position], plugin_id: id, export: plugin, hook, api_id }, texts[position])
  }
}
