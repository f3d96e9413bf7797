import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import type { AnalyticsAnswer, AnalyticsQuery } from '../query.ts'
import type { Sink } from '../sink.ts'
import type { RecordThreadSetup } from './operations.ts'
import { batchesOf } from './record-batches.ts'
import { RecordThread } from './record-thread.ts'

/** A database in one file, which several processes may write to. Questions have a thread of their own: none keeps records waiting. */
export class SqliteSink implements Sink {
  readonly #writer: RecordThread
  readonly #reader: RecordThread

  constructor(setup: RecordThreadSetup) {
    this.#writer = new RecordThread(setup)
    this.#reader = new RecordThread(setup)
  }

  write(records: readonly AnalyticsRecord[]): Promise<void> {
    return this.#writer.call('write', batchesOf(records))
  }

  query(query: AnalyticsQuery): Promise<AnalyticsAnswer> {
    return this.#reader.call('query', query)
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()])
  }
}
