import type { MemoryCounters } from '../memory/memory-counters.ts'
import type { Calls } from './database-thread.ts'
import type { QuotaRow } from './operations.ts'

/** How long what was spent may be away from the disk: so much a kill can make the gateway forget. */
const INTERVAL_MS = 200
/** After a failure, which is likely to last. */
const PAUSE_MS = 5_000

export interface SqliteQuotasOptions {
  readonly thread: Calls
  readonly counters: MemoryCounters
  /** The names of the quotas that were spent from since they were last asked for. */
  readonly spent: Set<string>
  readonly clock: () => number
  readonly onFailure: (error: unknown) => void
}

/** Writes quotas behind the counters in memory, which are what requests are counted by. */
export class SqliteQuotas {
  readonly #options: SqliteQuotasOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<boolean> | null = null

  /** Reads back what was written. */
  static async open(options: SqliteQuotasOptions): Promise<SqliteQuotas> {
    const { thread, counters, clock } = options
    for (const [key, used, renewsAtMs] of await thread.call('loadQuotas', clock()))
      counters.restoreQuota(key, { used, renewsAtMs })
    return new SqliteQuotas(options)
  }

  private constructor(options: SqliteQuotasOptions) {
    this.#options = options
    this.#wait(INTERVAL_MS)
  }

  /** Begins a quota anew, in the file too. */
  async reset(key: string): Promise<void> {
    const { thread, counters } = this.#options
    counters.resetQuota(key)
    await thread.call('saveQuotas', [[key, 0, 0]])
  }

  /** Writes what is left to write. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#running
    await this.#write()
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(async () => {
      this.#running = this.#write()
      const written = await this.#running
      if (this.#timer !== undefined) this.#wait(written ? INTERVAL_MS : PAUSE_MS)
    }, ms).unref()
  }

  /** Whether it went well; what did not is tried again. */
  async #write(): Promise<boolean> {
    const { thread, spent, onFailure } = this.#options
    if (spent.size === 0) return true
    const rows = Array.from(spent, (key) => this.#row(key))
    spent.clear()
    try {
      await thread.call('saveQuotas', rows)
      return true
    } catch (error) {
      for (const [key] of rows) spent.add(key)
      onFailure(error)
      return false
    }
  }

  #row(key: string): QuotaRow {
    const { counters, clock } = this.#options
    const { used, renewsAtMs } = counters.peekQuota(key, clock()) ?? { used: 0, renewsAtMs: 0 }
    return [key, used, renewsAtMs]
  }
}
