import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import { ByteSlab, giveBack } from '../byte-slab.ts'
import type { Note } from '../note.ts'
import type { RecordOptions } from '../record-of.ts'
import { recordText } from '../record-text.ts'
import type { Batch } from '../sink.ts'

/** Records as JSON, one a line. */
export class LineBatch implements Batch {
  readonly #slab = new ByteSlab()
  readonly #options: RecordOptions
  readonly #append: (lines: Buffer) => Promise<void>
  #count = 0

  constructor(options: RecordOptions, append: (lines: Buffer) => Promise<void>) {
    this.#options = options
    this.#append = append
  }

  get count(): number {
    return this.#count
  }

  addNote(note: Note): void {
    this.#add(recordText(note, this.#options))
  }

  addRecord(record: AnalyticsRecord): void {
    this.#add(JSON.stringify(record))
  }

  #add(text: string): void {
    this.#slab.append(`${text}\n`)
    this.#count += 1
  }

  async write(): Promise<void> {
    const lines = this.#slab.bytes()
    await this.#append(lines)
    giveBack(lines.buffer)
  }
}
