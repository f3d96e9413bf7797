import { textOf } from '../../errors.ts'
import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import type { Note } from './note.ts'
import type { Batch, Sink } from './sink.ts'

/** How long a record may wait for others to be written with. */
const INTERVAL_MS = 200
/** So many do not wait: each write has a price of its own. */
const BATCH = 1_000
/** Nor does this share of all that may wait: there is room for others while it is written. */
const SHARE = 1 / 4
/** After a failure, which is likely to last. */
const PAUSE_MS = 1_000

/** Records that wait, and how much detail they hold, in bytes. */
interface Waiting {
  readonly batch: Batch
  size: number
}

export interface OutboxOptions {
  readonly sink: Sink
  /** How many records may wait, those that are being written included. */
  readonly limit: number
  /** Is told of records that wait no more: how many, how much detail they held, and why they are lost; null where they are written. */
  readonly onSettled: (count: number, size: number, reason: string | null) => void
}

/** Puts records into batches, and writes one batch after the other. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #most: number
  /** The one that is being filled. */
  #filling: Waiting | null = null
  readonly #full: Waiting[] = []
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> | null = null
  #pausing: { readonly timer: NodeJS.Timeout; readonly end: () => void } | null = null
  #closed = false

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#most = Math.min(BATCH, Math.ceil(options.limit * SHARE))
  }

  /** Adds the record of a note without detail. @throws where none can be made */
  addNote(note: Note): void {
    const filling = this.#open()
    filling.batch.addNote(note)
    if (filling.batch.count >= this.#most) this.flush()
  }

  /** Adds a record, and how much detail it holds, in bytes. @throws where it cannot be written down */
  addRecord(record: AnalyticsRecord, size: number): void {
    const filling = this.#open()
    filling.batch.addRecord(record)
    filling.size += size
    if (filling.batch.count >= this.#most) this.flush()
  }

  #open(): Waiting {
    this.#filling ??= { batch: this.#options.sink.begin(), size: 0 }
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL_MS)
    return this.#filling
  }

  /** Has no record wait for others any more. */
  flush(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const filling = this.#filling
    this.#filling = null
    if (filling !== null && filling.batch.count > 0) this.#full.push(filling)
    if (this.#full.length > 0) this.#write()
  }

  /** Writes what there is; once, even if the sink fails. What comes while it does so may still be to be written then. */
  async close(): Promise<void> {
    this.#closed = true
    this.#pausing?.end()
    this.flush()
    await this.#writing
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null
    })
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#full.shift(); next !== undefined; next = this.#full.shift()) {
      const { batch, size } = next
      const reason = await batch.write().then(() => null, textOf)
      this.#options.onSettled(batch.count, size, reason)
      if (reason !== null) await this.#pause()
    }
  }

  /** Until then what comes waits, as far as there is room. */
  async #pause(): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#pausing = null
        resolve()
      }
      const timer = setTimeout(end, PAUSE_MS)
      this.#pausing = { timer, end }
    })
  }
}
