import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import { ByteSlab, giveBack } from '../byte-slab.ts'
import type { Note } from '../note.ts'
import { type RecordOptions, recordOf } from '../record-of.ts'
import type { Batch } from '../sink.ts'
import { encodeRecord } from './redis-record.ts'

/** Records in msgpack, each an element of a list. */
export class RedisBatch implements Batch {
  readonly #slab = new ByteSlab()
  /** Where each record ends. */
  readonly #ends: number[] = []
  readonly #options: RecordOptions
  readonly #push: (values: readonly Buffer[]) => Promise<void>

  constructor(options: RecordOptions, push: (values: readonly Buffer[]) => Promise<void>) {
    this.#options = options
    this.#push = push
  }

  get count(): number {
    return this.#ends.length
  }

  addNote(note: Note): void {
    this.addRecord(recordOf(note, this.#options))
  }

  addRecord(record: AnalyticsRecord): void {
    this.#slab.appendBytes(encodeRecord(record))
    this.#ends.push(this.#slab.length)
  }

  async write(): Promise<void> {
    const bytes = this.#slab.bytes()
    await this.#push(this.#ends.map((end, i) => bytes.subarray(this.#ends[i - 1] ?? 0, end)))
    // Of a batch that failed, some may still be on its way.
    giveBack(bytes.buffer)
  }
}
