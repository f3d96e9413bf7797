import { failure, textOf } from '../../../errors.ts'
import type { Logger } from '../../../log.ts'
import { type JwksKey, parseJwks } from './parse-jwks.ts'

export interface KeySetOptions {
  /** The URL, as logs may show it. */
  readonly name: string
  /** Fetches the text of the JWKS. */
  readonly fetch: () => Promise<string>
  /** How long to wait between two attempts, in milliseconds, whoever asks. */
  readonly intervalMs: number
  /** Whether what fails now fails because the gateway closes. */
  readonly closing: AbortSignal
  readonly log: Logger
}

/**
 * The keys behind one URL, for all APIs that name it. They are kept when the server cannot be reached: tokens that were good stay
 * good, and a token of a key that is not known makes the server be asked no more than once in an interval.
 */
export class KeySet {
  readonly #options: KeySetOptions
  #keys: readonly JwksKey[] | null = null
  #text = ''
  #fetchedAt = 0
  #triedAt = Number.NEGATIVE_INFINITY
  #failing = false
  #fetching: Promise<void> | null = null
  /** Changes with the keys. */
  generation = 0

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /** The keys, as they were last fetched; null where they never were. */
  get keys(): readonly JwksKey[] | null {
    return this.#keys
  }

  /**
   * What is to be waited for before the keys are looked at: only where there are none, or where they are out of date and the server
   * has not failed lately.
   *
   * @param timeoutMs how long keys are used before they are fetched anew
   */
  refresh(timeoutMs: number): Promise<void> | null {
    if (this.#keys !== null && Date.now() - this.#fetchedAt < timeoutMs) return null
    const fetching = this.refetch()
    return this.#keys === null || !this.#failing ? fetching : null
  }

  /** Fetches the keys, unless that was tried within the interval. Never rejects. */
  refetch(): Promise<void> | null {
    if (this.#fetching) return this.#fetching
    if (Date.now() - this.#triedAt < this.#options.intervalMs) return null
    this.#triedAt = Date.now()
    this.#fetching = this.#fetch().finally(() => {
      this.#fetching = null
    })
    return this.#fetching
  }

  async #fetch(): Promise<void> {
    const { name: url, log } = this.#options
    try {
      const text = await this.#options.fetch()
      this.#take(text, parseJwks(text))
    } catch (cause) {
      this.#failing = true
      if (this.#options.closing.aborted) return
      const kept = this.#keys === null ? 'there are none to go on with' : 'those that were fetched before stay in use'
      const error = failure('jwks_fetch_failed', { url, reason: textOf(cause), kept }, cause)
      log.error({ err: error }, error.message)
    }
  }

  #take(text: string, keys: readonly JwksKey[]): void {
    this.#failing = false
    this.#fetchedAt = Date.now()
    if (text === this.#text) return
    this.#text = text
    this.#keys = keys
    this.generation += 1
    const kids = keys.map(({ kid }) => kid ?? '(no kid)')
    this.#options.log.info({ url: this.#options.name, kids }, 'Keys fetched')
  }
}
