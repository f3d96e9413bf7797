import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import { ByteSlab, giveBack } from '../byte-slab.ts'
import type { Note } from '../note.ts'
import { expiryOf, type RecordOptions } from '../record-of.ts'
import { recordText } from '../record-text.ts'
import type { Batch } from '../sink.ts'
import type { RecordBatch } from './operations.ts'
import type { RecordThread } from './record-thread.ts'

/** Records that end within so many milliseconds of one another are kept, and removed, together. */
const SAME_END_MS = 60_000

/** Records as the database keeps them: those that are to be removed at about the same time in one piece. */
export class SqliteBatch implements Batch {
  readonly #options: RecordOptions
  readonly #thread: RecordThread
  readonly #pieces = new Map<number | null, Piece>()
  #count = 0

  constructor(options: RecordOptions, thread: RecordThread) {
    this.#options = options
    this.#thread = thread
  }

  get count(): number {
    return this.#count
  }

  addNote(note: Note): void {
    this.#add(recordText(note, this.#options), Math.floor(note.receivedAt), expiryOf(note))
  }

  addRecord(record: AnalyticsRecord): void {
    const { TimeStamp, ExpireAt } = record
    this.#add(JSON.stringify(record), timeOf(TimeStamp), ExpireAt)
  }

  #add(text: string, at: number, expireAt: string): void {
    const end = expireAt === '' ? null : endOf(expireAt)
    let piece = this.#pieces.get(end)
    if (piece === undefined) {
      piece = new Piece(end)
      this.#pieces.set(end, piece)
    }
    piece.add(text, at)
    this.#count += 1
  }

  async write(): Promise<void> {
    const pieces = [...this.#pieces.values()].map((piece) => piece.end())
    const memory = pieces.map(({ records }) => records.buffer)
    for (const used of await this.#thread.call('write', pieces, memory)) giveBack(used)
  }
}

/** Null for never: that of a record whose end a plugin has made something else as well. */
function endOf(expireAt: string): number | null {
  const end = Math.ceil(Date.parse(expireAt) / SAME_END_MS) * SAME_END_MS
  return Number.isNaN(end) ? null : end
}

/** The time of a record that a plugin has given another is now, unless it is one. */
function timeOf(text: string): number {
  const at = Date.parse(text)
  return Number.isNaN(at) ? Date.now() : at
}

class Piece {
  readonly #expiresAt: number | null
  readonly #slab = new ByteSlab()
  #firstAt = Number.POSITIVE_INFINITY
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(expiresAt: number | null) {
    this.#expiresAt = expiresAt
  }

  add(text: string, at: number): void {
    this.#slab.append(`${this.#slab.length === 0 ? '[' : ','}${text}`)
    if (at < this.#firstAt) this.#firstAt = at
    if (at > this.#lastAt) this.#lastAt = at
  }

  end(): RecordBatch {
    this.#slab.append(']')
    return { firstAt: this.#firstAt, lastAt: this.#lastAt, expiresAt: this.#expiresAt, records: this.#slab.bytes() }
  }
}
