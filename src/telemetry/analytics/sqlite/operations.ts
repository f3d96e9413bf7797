import type { AnalyticsAnswer, AnalyticsQuery } from '../query.ts'

/** What a thread of the database is started with. */
export interface RecordThreadSetup {
  readonly file: string
  /** How long records are kept, in milliseconds. */
  readonly retentionMs: number
  /** How large the file may become, in bytes. */
  readonly maxBytes: number
}

/** What a thread does. */
export interface RecordOperations {
  /** Answered when the file has the records, which are JSON: of all ways to hand them over that is the quickest. */
  write(records: readonly string[]): void
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
