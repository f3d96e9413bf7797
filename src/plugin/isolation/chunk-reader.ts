import type { Content } from '../../request/message/lazy-response.ts'

/** Reads the body of a response as it is, chunk by chunk. */
export class ChunkReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null
  #whole: Uint8Array | Promise<Uint8Array> | null

  constructor(content: Content | Promise<Buffer>) {
    const isWhole = content === null || content instanceof Uint8Array || content instanceof Promise
    this.#whole = isWhole ? content : null
    if (isWhole) this.#reader = null
    else this.#reader = (content instanceof ReadableStream ? content : content.stream()).getReader()
  }

  /** The next chunk; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#reader) {
      const { done, value } = await this.#reader.read()
      return done ? null : value
    }
    const whole = await this.#whole
    this.#whole = null
    return whole && whole.byteLength > 0 ? new Uint8Array(whole) : null
  }

  cancel(): void {
    this.#whole = null
    this.#reader?.cancel().catch(() => {})
  }
}
