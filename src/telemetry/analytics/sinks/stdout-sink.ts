import type { Writable } from 'node:stream'
import type { RecordOptions } from '../record-of.ts'
import type { Batch, Sink } from '../sink.ts'
import { LineBatch } from './line-batch.ts'

/** One JSON object a line on standard output, beside the log. */
export class StdoutSink implements Sink {
  readonly #options: RecordOptions
  readonly #output: Writable

  constructor(options: RecordOptions, output: Writable = process.stdout) {
    this.#options = options
    this.#output = output
  }

  begin(): Batch {
    return new LineBatch(this.#options, (lines) => this.#append(lines))
  }

  /** Waits until whoever reads has taken what was written. */
  async #append(lines: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#output.write(lines, (error) => (error ? reject(error) : resolve()))
    })
  }

  async close(): Promise<void> {}
}
