import type { Socket } from 'node:net'

/**
 * How many connections that stay open this process has to do with, and how many of them it is to give up. The system does not
 * spread the connections of a listening socket evenly over the processes that share it; a client that is told to close its
 * connection opens another, which may be any process's. A connection for a single request cannot be given up, and counts for
 * nothing: many of them would drive the others away.
 */
export class LoadShare {
  readonly #known = new WeakSet<Socket>()
  #seen = new WeakSet<Socket>()
  #active = 0
  #excess = 0

  /** A request has come in. Says whether its connection is to end with the response. */
  note(socket: Socket): boolean {
    if (this.#seen.has(socket)) return false
    if (!this.#known.has(socket)) {
      this.#known.add(socket)
      return false
    }
    this.#seen.add(socket)
    this.#active++
    if (this.#excess === 0) return false
    this.#excess--
    return true
  }

  /** Has so many connections end with their next response. */
  giveUp(connections: number): void {
    this.#excess = connections
  }

  /** On how many connections there were further requests since the last call. What was to be given up, and was not, no longer is. */
  take(): number {
    const active = this.#active
    this.#active = 0
    this.#excess = 0
    this.#seen = new WeakSet()
    return active
  }
}
