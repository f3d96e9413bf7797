import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import type { Note } from './note.ts'
import type { AnalyticsAnswer, AnalyticsQuery } from './query.ts'

/** Where records go. */
export interface Sink {
  /** Begins a batch. Several may be open; one is written at a time. */
  begin(): Batch
  /** Answers questions on what was written; missing where the sink cannot. */
  query?(query: AnalyticsQuery): Promise<AnalyticsAnswer>
  /** Frees what it holds. Everything has been written before. */
  close(): Promise<void>
}

/** Records that are written together. They are held as they are written: as bytes, not as objects that the collector goes through. */
export interface Batch {
  /** How many records it holds. */
  readonly count: number
  /** Adds the record of a request without detail. @throws where none can be made */
  addNote(note: Note): void
  /** Adds a record that was made, which a plugin may have changed. @throws where it cannot be written down */
  addRecord(record: AnalyticsRecord): void
  /** Writes them, once. @throws where they could not be written */
  write(): Promise<void>
}
