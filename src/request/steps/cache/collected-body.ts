import type { BodyCopy } from '../../message/body-source.ts'

/** Collects a body that streams to its client, up to a limit; what is larger, or breaks off, comes to nothing. */
export class CollectedBody implements BodyCopy {
  readonly #limit: number
  readonly #done: (body: Buffer | null) => void
  #chunks: Buffer[] | null = []
  #size = 0

  /** @param done is told once: the whole body, or null if there is none to keep */
  constructor(limit: number, done: (body: Buffer | null) => void) {
    this.#limit = limit
    this.#done = done
  }

  chunk(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#limit) this.fail()
    else this.#chunks?.push(chunk)
  }

  end(): void {
    if (this.#chunks) this.#settle(Buffer.concat(this.#chunks))
  }

  fail(): void {
    if (this.#chunks) this.#settle(null)
  }

  #settle(body: Buffer | null): void {
    this.#chunks = null
    this.#done(body)
  }
}
