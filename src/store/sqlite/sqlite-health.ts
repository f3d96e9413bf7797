import { failure, textOf } from '../../errors.ts'
import type { StoreStatus } from '../status.ts'

export interface SqliteHealthOptions {
  readonly file: string
  readonly onTrouble: (error: Error | null) => void
}

/** Whether what is written reaches the disk. */
export class SqliteHealth {
  readonly #options: SqliteHealthOptions
  #trouble: string | null = null
  #lostWrites = 0

  constructor(options: SqliteHealthOptions) {
    this.#options = options
  }

  /** A commit went well, or did not; then `lost` writes had been promised. */
  note(reason: string | null, lost: number): void {
    this.#lostWrites += lost
    if (reason !== null) this.#begin(failure('store_failed', { where: this.#options.file, reason }))
    else if (this.#trouble !== null) {
      this.#trouble = null
      this.#options.onTrouble(null)
    }
  }

  /** What was to be written behind was not; it is tried again. */
  fail(error: unknown): void {
    this.#begin(error instanceof Error ? error : new Error(textOf(error)))
  }

  /** @param end why nothing can be stored any more; `null` while something can */
  status(end: string | null): StoreStatus {
    const output = end ?? this.#trouble ?? (this.#lostWrites > 0 ? `${this.#lostWrites} writes are lost` : undefined)
    const status = end !== null ? 'fail' : output === undefined ? 'pass' : 'warn'
    return { type: 'sqlite', status, ...(output !== undefined && { output }), lostWrites: this.#lostWrites }
  }

  #begin(error: Error): void {
    const known = this.#trouble !== null
    this.#trouble = error.message
    if (!known) this.#options.onTrouble(error)
  }
}
