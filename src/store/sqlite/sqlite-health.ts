import { failure, textOf } from '../../errors.ts'
import type { StoreStatus } from '../status.ts'

export interface SqliteHealthOptions {
  readonly file: string
  readonly onTrouble: (error: Error | null) => void
}

/** Whether what is written reaches the disk. */
export class SqliteHealth {
  readonly #options: SqliteHealthOptions
  #isTroubled = false
  #lostWrites = 0

  constructor(options: SqliteHealthOptions) {
    this.#options = options
  }

  /** A commit went well, or did not; then `lost` writes had been promised. */
  note(reason: string | null, lost: number): void {
    this.#lostWrites += lost
    if (reason !== null) this.#begin(failure('store_failed', { where: this.#options.file, reason }))
    else if (this.#isTroubled) {
      this.#isTroubled = false
      this.#options.onTrouble(null)
    }
  }

  /** What was to be written behind was not; it is tried again. */
  fail(error: unknown): void {
    this.#begin(error instanceof Error ? error : new Error(textOf(error)))
  }

  /** @param isOver whether nothing can be stored any more */
  status(isOver: boolean): StoreStatus {
    const lost = { type: 'sqlite', lostWrites: this.#lostWrites } as const
    if (isOver) return { ...lost, status: 'fail', output: failure('store_unavailable', undefined).client }
    if (!this.#isTroubled) return { ...lost, status: 'pass' }
    return { ...lost, status: 'warn', output: failure('store_unwritable', undefined).client }
  }

  #begin(error: Error): void {
    if (!this.#isTroubled) this.#options.onTrouble(error)
    this.#isTroubled = true
  }
}
