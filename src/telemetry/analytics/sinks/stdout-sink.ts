import type { Writable } from 'node:stream'
import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import type { Sink } from '../sink.ts'
import { toLines } from './to-lines.ts'

/** One JSON object a line on standard output, beside the log. */
export class StdoutSink implements Sink {
  readonly #output: Writable

  constructor(output: Writable = process.stdout) {
    this.#output = output
  }

  /** Waits until whoever reads has taken what was written. */
  async write(records: readonly AnalyticsRecord[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#output.write(toLines(records), (error) => (error ? reject(error) : resolve()))
    })
  }

  async close(): Promise<void> {}
}
