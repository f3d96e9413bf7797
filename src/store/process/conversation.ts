import type { Socket } from 'node:net'
import { isFailure, textOf } from '../../errors.ts'
import { FrameReader } from './frames.ts'
import { coherent, type FromWorker, type OperationName, type ToWorker, type Word } from './operations.ts'
import { Outbox } from './outbox.ts'
import type { StoreOperations } from './store-operations.ts'

/** What the process that has the store talks with one worker. */
export class Conversation {
  readonly #socket: Socket
  readonly #operations: StoreOperations
  readonly #everyoneKnows: () => Promise<void>
  readonly #outbox: Outbox
  #running = 0
  /** The number of the last word that the worker has dealt with. */
  heard = 0
  onHeard: () => void = () => {}

  /** @param everyoneKnows settles when every worker has dealt with what it was told */
  constructor(socket: Socket, operations: StoreOperations, everyoneKnows: () => Promise<void>) {
    this.#socket = socket
    this.#operations = operations
    this.#everyoneKnows = everyoneKnows
    this.#outbox = new Outbox(socket)
    const reader = new FrameReader((items) => this.#take(items as FromWorker[]))
    socket.on('data', (piece: Buffer) => {
      try {
        reader.push(piece)
      } catch {
        socket.destroy()
      }
    })
    // A worker that is killed resets its connection.
    socket.on('error', () => {})
  }

  /** Whether a call waits for its answer. */
  get waits(): boolean {
    return this.#running > 0
  }

  tell(number: number, word: Word): void {
    this.#send([0, number, word])
  }

  end(): void {
    this.#outbox.flush()
    this.#socket.destroySoon()
  }

  #send(item: ToWorker): void {
    this.#outbox.add(item)
  }

  #take(items: readonly FromWorker[]): void {
    for (const [id, name, ...args] of items) {
      if (id === 0) this.#hear(name as number)
      else this.#perform(id, name as OperationName, args)
    }
    // What had its answer at hand goes back together.
    this.#outbox.flush()
  }

  #hear(number: number): void {
    this.heard = number
    this.onHeard()
  }

  #perform(id: number, name: OperationName, args: readonly unknown[]): void {
    try {
      const operation = this.#operations[name] as (...args: readonly unknown[]) => unknown
      const result = operation(...args)
      if (result instanceof Promise || coherent.has(name)) void this.#finish(id, name, result)
      else this.#send([id, result])
    } catch (error) {
      this.#fail(id, error)
    }
  }

  async #finish(id: number, name: OperationName, result: unknown): Promise<void> {
    this.#running++
    try {
      const settled = await result
      if (coherent.has(name)) await this.#everyoneKnows()
      this.#send([id, settled])
    } catch (error) {
      this.#fail(id, error)
    } finally {
      this.#running--
    }
  }

  #fail(id: number, error: unknown): void {
    const code = isFailure(error) ? error.code : 'store_failed'
    this.#send([id, null, { code, message: textOf(error) }])
  }
}
