import type { Hello } from './messages.ts'
import { Seat, type SeatOptions } from './seat.ts'

/** How long the process may take to close the store, before it is ended. */
const CLOSE_MS = 10_000

type StoreSeatOptions = Pick<SeatOptions, 'command' | 'onReplace'> & {
  /** Where it may listen, in order. */
  readonly paths: readonly string[]
}

/** The place of the process that has the workers' store. */
export class StoreSeat {
  readonly #seat: Seat
  readonly #stop = new AbortController()
  readonly #ended: ReturnType<Seat['run']>
  /** Where the first one listens; those after it listen there as well. */
  readonly #opened = Promise.withResolvers<string | null>()
  #paths: readonly string[]
  #served = false

  constructor({ command, paths, onReplace }: StoreSeatOptions) {
    this.#paths = paths
    this.#seat = new Seat({
      command,
      stop: this.#stop.signal,
      onMessage: (message) => {
        if (message.type === 'hello') this.#greet(message)
        else if (message.type === 'ready') this.#begin(message.path ?? '')
      },
      onEnd: () => {},
      onReplace,
      isHopeless: () => !this.#served,
    })
    this.#ended = this.#seat.run()
    void this.#ended.then(() => this.#opened.resolve(null))
  }

  /** Where it listens; null if it could not be started. */
  get path(): Promise<string | null> {
    return this.#opened.promise
  }

  /** How the last one has ended. */
  get ended(): ReturnType<Seat['run']> {
    return this.#ended
  }

  /** Nobody needs the store any more. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#seat.process?.send({ type: 'close' })
    const killer = setTimeout(() => this.#seat.process?.signal('SIGKILL'), CLOSE_MS)
    await this.#ended
    clearTimeout(killer)
  }

  #greet(_: Hello): void {
    this.#seat.process?.send({ type: 'legacy', crashes: [], worker: 0, workers: 0, storePaths: this.#paths })
  }

  #begin(path: string): void {
    this.#served = true
    this.#paths = [path]
    this.#opened.resolve(path)
  }
}
