import { textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import { Snapshot } from './snapshot.ts'

/** The snapshots of a gateway: the one that requests start in, and those that reloads have replaced and that some are still in. */
export class Worlds {
  readonly #log: Logger
  readonly #retiring = new Map<Snapshot, Promise<void>>()
  #current = Snapshot.empty()

  constructor(log: Logger) {
    this.#log = log
  }

  get current(): Snapshot {
    return this.#current
  }

  /** How many requests are under way. */
  get inFlight(): number {
    return this.#retiring.keys().reduce((sum, { inside }) => sum + inside, this.#current.inside)
  }

  /** Has requests start in another snapshot; what the one before holds is given back when the last request has left it. */
  replace(next: Snapshot): void {
    const old = this.#current
    this.#current = next
    const retired = old
      .retire()
      .catch((error) => this.#log.error({ err: error }, `Release what a reload replaced failed: ${textOf(error)}`))
      .finally(() => this.#retiring.delete(old))
    this.#retiring.set(old, retired)
  }

  /** Waits for the requests that are under way, and gives everything back. */
  async close(): Promise<void> {
    this.replace(Snapshot.empty())
    await Promise.all(this.#retiring.values())
  }
}
