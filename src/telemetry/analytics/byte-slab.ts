const SMALLEST = 65_536
/** So many are kept for the next batch. */
const SPARE = 4
/** A larger one is not kept: it has held something unusual. In bytes. */
const LARGEST_SPARE = 4_194_304

const spare: Buffer<ArrayBuffer>[] = []

/**
 * Bytes that grow at their end, outside of the heap: whatever waits in them, the collector has nothing to copy. The memory of one that
 * is given back is used again, since new pages cost more than what is written into them.
 */
export class ByteSlab {
  #bytes: Buffer<ArrayBuffer>
  #length = 0

  constructor() {
    this.#bytes = spare.pop() ?? Buffer.allocUnsafeSlow(SMALLEST)
  }

  get length(): number {
    return this.#length
  }

  /** Appends a text in UTF-8. */
  append(text: string): void {
    this.#makeRoom(text.length * 3)
    this.#length += this.#bytes.write(text, this.#length)
  }

  appendBytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What it holds, in its own memory. */
  bytes(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  #makeRoom(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

/** Takes the memory of a slab that nobody uses any more. */
export function giveBack(memory: ArrayBuffer): void {
  if (spare.length < SPARE && memory.byteLength <= LARGEST_SPARE) spare.push(Buffer.from(memory))
}
