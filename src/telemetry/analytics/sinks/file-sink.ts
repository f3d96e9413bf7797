import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RecordOptions } from '../record-of.ts'
import type { Batch, Sink } from '../sink.ts'
import { LineBatch } from './line-batch.ts'

export interface FileSinkOptions {
  /** Absolute. */
  readonly file: string
  /** How large a file may become, in bytes, before another one is begun. */
  readonly maxSize: number
  /** How many there are at most. */
  readonly maxFiles: number
  readonly records: RecordOptions
}

interface Opened {
  readonly handle: FileHandle
  size: number
}

/**
 * One JSON object a line. A file that is full becomes `FILE.1`, that one `FILE.2`, and so on; the last is removed. After a failure
 * the file is opened anew, so that one that was mended is found.
 */
export class FileSink implements Sink {
  readonly #options: FileSinkOptions
  #opened: Opened | null = null

  constructor(options: FileSinkOptions) {
    this.#options = options
  }

  begin(): Batch {
    return new LineBatch(this.#options.records, (lines) => this.#append(lines))
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      const opened = await this.#openFor(bytes.length)
      await opened.handle.appendFile(bytes)
      opened.size += bytes.length
    } catch (error) {
      await this.close().catch(() => {})
      throw error
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    await opened?.handle.close()
  }

  async #openFor(length: number): Promise<Opened> {
    this.#opened ??= await this.#open()
    const { size } = this.#opened
    if (size > 0 && size + length > this.#options.maxSize) {
      await this.close()
      await this.#rotate()
      this.#opened = await this.#open()
    }
    return this.#opened
  }

  /** Records may hold what is nobody else's business: the file is the gateway's user's alone. */
  async #open(): Promise<Opened> {
    const { file } = this.#options
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'a', 0o600)
    const { size } = await handle.stat()
    return { handle, size }
  }

  async #rotate(): Promise<void> {
    const { file, maxFiles } = this.#options
    const nameOf = (number: number) => (number === 0 ? file : `${file}.${number}`)
    await rm(nameOf(maxFiles - 1), { force: true })
    for (let number = maxFiles - 2; number >= 0; number -= 1) {
      await rename(nameOf(number), nameOf(number + 1)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
  }
}
