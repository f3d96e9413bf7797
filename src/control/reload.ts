/** What became of a file that did not load. */
export interface ReloadFailure {
  readonly kind: 'definition' | 'policy' | 'certificate'
  readonly file: string
  /** `null` where the file does not tell, and for policies. */
  readonly apiId: string | null
  readonly error: Error
  /** The version before it still serves. */
  readonly kept: boolean
}

/** A plugin that is not loaded: its hook answers 500. */
export interface QuarantinedPlugin {
  /** The definition's file. */
  readonly file: string
  /** JSON path of the plugin's entry in it. */
  readonly field: string
  readonly reason: string
}

/** What a reload did. */
export interface ReloadReport {
  /** The APIs that serve now. */
  readonly apis: number
  readonly failed: readonly ReloadFailure[]
  readonly quarantined: readonly QuarantinedPlugin[]
}

/**
 * Reloads one at a time. Whoever asks while one runs gets the one after it, which sees every change made before it was
 * asked for; any number of such requests are one reload.
 */
export class Reloader {
  readonly #reload: () => Promise<ReloadReport>
  readonly #onReload: (ms: number, report: ReloadReport | null) => void
  #running: Promise<ReloadReport> | null = null
  #queued: Promise<ReloadReport> | null = null

  /** @param onReload is told of each: how long it took, in milliseconds, and its report; null where it failed as a whole */
  constructor(reload: () => Promise<ReloadReport>, onReload: (ms: number, report: ReloadReport | null) => void = () => {}) {
    this.#reload = reload
    this.#onReload = onReload
  }

  request(): Promise<ReloadReport> {
    if (!this.#running) return this.#start()
    this.#queued ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#queued
  }

  #start(): Promise<ReloadReport> {
    this.#queued = null
    const running = this.#measured().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }

  async #measured(): Promise<ReloadReport> {
    const since = performance.now()
    let report: ReloadReport | null = null
    try {
      report = await this.#reload()
      return report
    } finally {
      this.#onReload(performance.now() - since, report)
    }
  }
}
