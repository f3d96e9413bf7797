import type { AnalyticsAnswer, AnalyticsQuery } from '../query.ts'

/** What a thread of the database is started with. */
export interface RecordThreadSetup {
  readonly file: string
  /** How long records are kept, in milliseconds. */
  readonly retentionMs: number
  /** How large the file may become, in bytes. */
  readonly maxBytes: number
}

/** Records that are kept in one piece: the database then has little to do for each, and handing them over costs next to nothing. */
export interface RecordBatch {
  /** When the first and the last request came in, in Unix milliseconds. */
  readonly firstAt: number
  readonly lastAt: number
  /** When the last of them ends; null: none does. */
  readonly expiresAt: number | null
  /** A list of records as JSON, in UTF-8. */
  readonly records: Uint8Array<ArrayBuffer>
}

/** What a thread does. */
export interface RecordOperations {
  /** Answered when the file has the records, with the memory they were in. */
  write(batches: readonly RecordBatch[]): readonly ArrayBuffer[]
  query(query: AnalyticsQuery): AnalyticsAnswer
}

export type RecordCall = {
  [Name in keyof RecordOperations]: {
    readonly id: number
    readonly name: Name
    readonly argument: Parameters<RecordOperations[Name]>[0]
  }
}[keyof RecordOperations]

/** To the thread. */
export type ToRecordThread = RecordCall | { readonly name: 'close' }

/** From the thread. */
export type FromRecordThread =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly reason: string }
