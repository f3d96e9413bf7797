/** The most that a frame may hold, in bytes: a list of a million keys takes less. */
const LARGEST = 256 * 1024 * 1024
const HEAD = 4

/** A frame: the length of what follows, in four bytes, and that as JSON. */
export function frame(content: unknown): Buffer {
  const text = JSON.stringify(content)
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(HEAD + length)
  bytes.writeUInt32BE(length)
  bytes.write(text, HEAD)
  return bytes
}

/** Puts frames together from the pieces that a socket delivers. */
export class FrameReader {
  readonly #take: (content: unknown) => void
  #pieces: Buffer[] = []
  #length = 0
  /** How many bytes there have to be before anything can be done with them. */
  #needed = HEAD

  /** @param take is called with the content of each frame */
  constructor(take: (content: unknown) => void) {
    this.#take = take
  }

  /** @throws where the other side speaks something else */
  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
    while (this.#length >= this.#needed) {
      const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces)
      const end = HEAD + bytes.readUInt32BE()
      if (end > LARGEST) throw new Error(`a frame of ${end} bytes`)
      const isWhole = bytes.length >= end
      this.#pieces = [isWhole ? bytes.subarray(end) : bytes]
      this.#length = isWhole ? bytes.length - end : bytes.length
      this.#needed = isWhole ? HEAD : end
      if (isWhole) this.#take(JSON.parse(bytes.toString('utf8', HEAD, end)))
    }
  }
}
