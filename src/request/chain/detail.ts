/** The first bytes of a body on its way, copied for a record. */
export class RecordedBody {
  readonly #chunks: Uint8Array[] = []
  #left: number

  /** @param limit how many bytes are kept */
  constructor(limit: number) {
    this.#left = limit
  }

  /** How many bytes are kept. */
  get length(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** Copies what there is room for: a view would keep the whole chunk in memory. */
  take(chunk: Uint8Array): void {
    if (this.#left <= 0) return
    const part = Uint8Array.from(chunk.subarray(0, this.#left))
    this.#left -= part.length
    this.#chunks.push(part)
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** What is recorded of a request, and of its response, besides what every record says. */
export interface Detail {
  requestBody: RecordedBody | null
  response: {
    readonly status: number
    readonly reason: string
    /** Names and values in turn, as they were sent. */
    readonly headers: readonly string[]
    readonly body: RecordedBody
  } | null
}
