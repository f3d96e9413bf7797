/** Streams that plugins gave as bodies: they stay here, and are read chunk by chunk from the gateway. */
export class GivenStreams {
  readonly #readers = new Map<number, ReadableStreamDefaultReader<Uint8Array>>()
  #last = 0

  /** Keeps a stream until it is read to its end or cancelled; returns its number. */
  add(stream: ReadableStream<Uint8Array>): number {
    this.#last += 1
    this.#readers.set(this.#last, stream.getReader())
    return this.#last
  }

  /** The next chunk; null at the end. */
  async pull(number: number): Promise<Uint8Array | null> {
    const reader = this.#readers.get(number)
    if (!reader) return null
    try {
      const { done, value } = await reader.read()
      if (!done) return tight(value)
      this.#readers.delete(number)
      return null
    } catch (error) {
      this.#readers.delete(number)
      throw error
    }
  }

  async cancel(number: number): Promise<void> {
    const reader = this.#readers.get(number)
    this.#readers.delete(number)
    await reader?.cancel().catch(() => {})
  }
}

/** Bytes without the rest of the memory that they lie in, all of which would be copied. */
export function tight(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('A body is a stream of Uint8Array')
  return bytes.byteLength === bytes.buffer.byteLength && !Buffer.isBuffer(bytes) ? bytes : new Uint8Array(bytes)
}
