import type { AnalyticsRecord } from '../../plugin/contract/analytics.ts'
import type { AnalyticsAnswer, AnalyticsQuery } from './query.ts'

/** Where records go. */
export interface Sink {
  /** Writes records; the next call waits for this one. @throws where they could not be written */
  write(records: readonly AnalyticsRecord[]): Promise<void>
  /** Answers questions on what was written; missing where the sink cannot. */
  query?(query: AnalyticsQuery): Promise<AnalyticsAnswer>
  /** Frees what it holds. Everything has been written before. */
  close(): Promise<void>
}
