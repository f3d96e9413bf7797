import type { Socket } from 'node:net'

const HIGH_WATER = 1 << 20
const CRLF = Buffer.from('\r\n')

/** Reads a socket by lines and by counts. What nobody has asked for waits here, up to 1 MB; then the peer feels backpressure. */
export class ByteReader {
  readonly #socket: Socket
  readonly #patience: number
  #pending: Buffer[] = []
  #size = 0
  #ended = false
  #wake: (() => void) | null = null

  /** @param patience for how many milliseconds nothing may arrive before reading fails */
  constructor(socket: Socket, patience = 2 ** 31 - 1) {
    this.#socket = socket
    this.#patience = patience
    socket.on('data', (chunk: Buffer) => {
      this.#pending.push(chunk)
      this.#size += chunk.length
      if (this.#size >= HIGH_WATER) socket.pause()
      this.#wake?.()
    })
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  /** The next bytes, at most `max`; `null` at the end of the stream. */
  async some(max = Number.POSITIVE_INFINITY): Promise<Buffer | null> {
    while (this.#pending.length === 0) {
      if (this.#ended) return null
      await this.#more()
    }
    const chunk = this.#take()
    if (chunk.length <= max) return chunk
    this.#putBack(chunk.subarray(max))
    return chunk.subarray(0, max)
  }

  /** One line without its CRLF, byte for character; `null` if the stream ends before one. */
  async line(): Promise<string | null> {
    for (let searched = 0; ; ) {
      if (this.#pending.length > 1) this.#pending = [Buffer.concat(this.#pending)]
      const all = this.#pending[0]
      const at = all?.indexOf(CRLF, Math.max(0, searched - 1)) ?? -1
      if (all && at >= 0) {
        this.#take()
        this.#putBack(all.subarray(at + 2))
        return all.toString('latin1', 0, at)
      }
      if (this.#ended) return null
      searched = all?.length ?? 0
      await this.#more()
    }
  }

  #more(): Promise<void> {
    this.#socket.resume()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Nothing arrived for ${this.#patience} ms`)), this.#patience)
      this.#wake = () => {
        this.#wake = null
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #take(): Buffer {
    const chunk = this.#pending.shift() as Buffer
    this.#size -= chunk.length
    if (this.#size < HIGH_WATER) this.#socket.resume()
    return chunk
  }

  #putBack(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#pending.unshift(chunk)
    this.#size += chunk.length
  }
}
