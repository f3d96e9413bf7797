import type { Socket } from 'node:net'
import { frame } from './frames.ts'

/** The other side reads nothing any more: what it is sent shall not fill the memory. */
const MOST_UNREAD = 64 * 1024 * 1024

/** What is to be sent, put together: everything of one turn of the event loop is one frame, and one write. */
export class Outbox {
  readonly #socket: Socket
  #items: unknown[] = []

  constructor(socket: Socket) {
    this.#socket = socket
  }

  add(item: unknown): void {
    if (this.#items.push(item) === 1) setImmediate(() => this.flush())
  }

  flush(): void {
    if (this.#items.length === 0) return
    const items = this.#items
    this.#items = []
    if (this.#socket.destroyed) return
    this.#socket.write(frame(items))
    if (this.#socket.writableLength > MOST_UNREAD) this.#socket.destroy()
  }
}
