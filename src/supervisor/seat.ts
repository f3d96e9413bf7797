import { setTimeout as delay } from 'node:timers/promises'
import type { ChildMessage } from './messages.ts'
import { type ProcessEnd, type SocketHandle, SupervisedProcess } from './supervised-process.ts'

/** A process that serves for a shorter time dies at its start. */
const STEADY_MS = 1_000
const SHORTEST_WAIT_MS = 250
const LONGEST_WAIT_MS = 30_000

export interface SeatOptions {
  /** Starts the process: the program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** Once aborted, whoever leaves is not replaced. */
  readonly stop: AbortSignal
  readonly onMessage: (message: ChildMessage, socket: SocketHandle | undefined) => void
  /** Somebody has left. */
  readonly onEnd: (end: ProcessEnd) => void
  /** Somebody else comes, after a pause. */
  readonly onReplace: (end: ProcessEnd, waitMs: number) => void
  /** Whether there is no use in trying again: one that cannot even start the first time has said why. */
  readonly isHopeless: (end: ProcessEnd) => boolean
}

/** A place that a process is to be in all the time: whoever leaves is replaced. */
export class Seat {
  readonly #options: SeatOptions
  #process: SupervisedProcess | null = null
  #isServing = false

  constructor(options: SeatOptions) {
    this.#options = options
  }

  /** Who is here now. */
  get process(): SupervisedProcess | null {
    return this.#process
  }

  /** Whether it has said so. */
  get isServing(): boolean {
    return this.#isServing
  }

  /** Resolves with the end of the last one, who is not to be replaced; null if nobody was there when it was time to stop. */
  async run(): Promise<ProcessEnd | null> {
    const { stop, isHopeless, onEnd, onReplace } = this.#options
    for (let early = 0; ; ) {
      const end = await this.#runOne()
      onEnd(end)
      if (stop.aborted || isHopeless(end)) return end
      early = end.servedMs < STEADY_MS ? early + 1 : 0
      const waitMs = waitAfter(early)
      onReplace(end, waitMs)
      await delay(waitMs, undefined, { signal: stop }).catch(() => {})
      if (stop.aborted) return null
    }
  }

  async #runOne(): Promise<ProcessEnd> {
    const { command, onMessage } = this.#options
    this.#process = new SupervisedProcess({
      command,
      onMessage: (message, socket) => {
        if (message.type === 'ready') this.#isServing = true
        onMessage(message, socket)
      },
    })
    const end = await this.#process.ended
    this.#process = null
    this.#isServing = false
    return end
  }
}

/** At once the first time; then longer and longer, as long as processes die at their start. */
function waitAfter(early: number): number {
  return early < 2 ? 0 : Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** (early - 2))
}
