import type { AnalyticsAnswer, AnalyticsQuery } from '../query.ts'
import type { RecordOptions } from '../record-of.ts'
import type { Batch, Sink } from '../sink.ts'
import type { RecordThreadSetup } from './operations.ts'
import { RecordThread } from './record-thread.ts'
import { SqliteBatch } from './sqlite-batch.ts'

/** A database in one file, which several processes may write to. Questions have a thread of their own: none keeps records waiting. */
export class SqliteSink implements Sink {
  readonly #writer: RecordThread
  readonly #reader: RecordThread
  readonly #options: RecordOptions

  constructor(setup: RecordThreadSetup, options: RecordOptions) {
    this.#options = options
    this.#writer = new RecordThread(setup)
    this.#reader = new RecordThread(setup)
  }

  begin(): Batch {
    return new SqliteBatch(this.#options, this.#writer)
  }

  query(query: AnalyticsQuery): Promise<AnalyticsAnswer> {
    return this.#reader.call('query', query)
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#reader.close()])
  }
}
