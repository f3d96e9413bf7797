import type { Socket } from 'node:net'
import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'

/** Something that is sent, whose receiver may stop taking it. */
export interface Flow {
  /** Bytes that wait. */
  readonly waiting: number
  /** A number that is another one whenever some have been taken. */
  readonly progress: number
  /** Ends it. */
  cut(): void
  readonly peer: string | undefined
}

interface Watched {
  readonly flow: Flow
  progress: number
  /** Since when nothing has been taken; 0 while nothing waits. */
  since: number
}

/**
 * Cuts clients that take nothing of what waits for them. It looks now and then instead of keeping a timer for each write:
 * a request costs nothing.
 */
export class StallWatch {
  readonly #watched = new Map<Flow, Watched>()
  readonly #timer: NodeJS.Timeout
  readonly #log: Logger

  /** @param patienceMs how long nothing may be taken */
  constructor(patienceMs: number, log: Logger) {
    this.#log = log
    const periodMs = Math.min(Math.max(patienceMs / 4, 10), 1000)
    this.#timer = setInterval(() => this.#look(patienceMs), periodMs)
    this.#timer.unref()
  }

  add(flow: Flow): void {
    this.#watched.set(flow, { flow, progress: 0, since: 0 })
  }

  delete(flow: Flow): void {
    this.#watched.delete(flow)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(patienceMs: number): void {
    const now = performance.now()
    for (const watched of this.#watched.values()) {
      const { flow } = watched
      if (flow.waiting === 0) {
        watched.since = 0
        continue
      }
      const { progress } = flow
      if (watched.since === 0 || progress !== watched.progress) {
        watched.since = now
        watched.progress = progress
      } else if (now - watched.since >= patienceMs) {
        this.#log.info({ client: flow.peer }, failure('response_stalled', undefined).message)
        this.delete(flow)
        flow.cut()
      }
    }
  }
}

interface Handled {
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** How many bytes written to a connection the system has not taken yet. */
export function unsent(socket: Socket): number {
  return (socket as Socket & Handled)._handle?.writeQueueSize ?? 0
}

/** What is written to a connection. */
export class SocketFlow implements Flow {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get waiting(): number {
    return this.#socket.writableLength
  }

  /** The writes that are done, and what is left of the one under way: a large one takes long. */
  get progress(): number {
    const socket = this.#socket
    return socket.bytesWritten - socket.writableLength - unsent(socket)
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress
  }

  cut(): void {
    this.#socket.destroy()
  }
}
