import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../errors.ts'
import { type CrashRecord, describeCrash } from '../plugin/crash-record.ts'
import type { WorkerMessage } from './messages.ts'
import { type SocketHandle, type WorkerEnd, WorkerProcess } from './worker-process.ts'

export interface SupervisorOptions {
  /** Starts a worker: the program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** Writes a line of the log. */
  readonly out: (line: string) => void
  /** Writes a line for the person at the terminal. */
  readonly err: (line: string) => void
}

/** The same signal may come twice: from the terminal or the service manager, and from what started this process. */
const SAME_SIGNAL_MS = 500
/** A worker that serves for a shorter time dies at its start. */
const STEADY_MS = 1_000
const SHORTEST_WAIT_MS = 250
const LONGEST_WAIT_MS = 30_000
/** More crashes than this are not told on: the latest matter. */
const CRASHES_KEPT = 100

/**
 * Keeps a worker process running until a signal asks to stop. It serves nothing itself and reads no configuration, so that
 * there is next to nothing in it that could fail. It keeps the listening socket open: connections made while no worker
 * runs wait for the next one instead of being refused.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #stop = new AbortController()
  #worker: WorkerProcess | null = null
  #socket: SocketHandle | undefined = undefined
  #crashes: CrashRecord[] = []
  /** What the last worker has said of itself. */
  #hello: Extract<WorkerMessage, { type: 'hello' }> | null = null
  /** Whether any worker has ever served. */
  #served = false
  /** The worker that runs serves; before, SIGHUP would end it. */
  #serving = false
  #reloadAsked = false
  #stopAskedAt = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Resolves with the exit code, once the worker has ended and is not to be replaced. */
  async run(): Promise<number> {
    for (let early = 0; ; ) {
      const end = await this.#runWorker()
      if (end.crash) this.#crashes = [...this.#crashes, end.crash].slice(-CRASHES_KEPT)
      // One that cannot even start the first time has said why; to try again would not change it.
      if (this.#stopping || (!this.#served && !end.crash)) return exitCode(end)
      early = end.servedMs < STEADY_MS ? early + 1 : 0
      const waitMs = waitAfter(early)
      this.#announce(end, waitMs)
      await delay(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      if (this.#stopping) return 0
    }
  }

  /** Hands a signal on. The first that asks to stop is for the worker to obey; a later one ends it at once. */
  signal(name: NodeJS.Signals): void {
    if (name === 'SIGHUP') this.#askToReload()
    else if (!this.#stopping) this.#beginToStop(name)
    else if (performance.now() - this.#stopAskedAt > SAME_SIGNAL_MS) this.#worker?.signal('SIGKILL')
  }

  /** A worker that is starting may have read some of it already: it is asked as soon as it serves. */
  #askToReload(): void {
    this.#reloadAsked = !this.#serving
    if (this.#serving) this.#worker?.signal('SIGHUP')
  }

  #beginToStop(name: NodeJS.Signals): void {
    this.#stopAskedAt = performance.now()
    this.#stop.abort()
    // Else connections would be accepted that nobody will serve.
    this.#socket?.close()
    this.#socket = undefined
    this.#worker?.signal(name)
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted
  }

  async #runWorker(): Promise<WorkerEnd> {
    this.#worker = new WorkerProcess({
      command: this.#options.command,
      legacy: () => ({ message: { crashes: this.#crashes }, socket: this.#socket }),
      onMessage: (message, socket) => this.#hear(message, socket),
    })
    const end = await this.#worker.ended
    this.#worker = null
    this.#serving = false
    return end
  }

  #hear(message: WorkerMessage, socket: SocketHandle | undefined): void {
    if (message.type === 'hello') this.#hello = message
    else {
      this.#served = true
      this.#serving = true
      if (this.#reloadAsked) this.#askToReload()
    }
    if (!socket) return
    if (this.#stopping) socket.close()
    else this.#socket = socket
  }

  #announce(end: WorkerEnd, waitMs: number): void {
    const { logFormat, quarantineMs } = this.#hello ?? { logFormat: 'pretty', quarantineMs: 0 }
    if (logFormat === null) return
    const { code, message } = failure('worker_replaced', { pid: end.pid, why: reasonOf(end, quarantineMs), waitMs })
    const time = new Date().toISOString()
    if (logFormat === 'pretty') this.#options.out(`[${time}] ERROR: ${message}`)
    else this.#options.out(JSON.stringify({ level: 'error', time, code, ...end.crash, msg: message }))
  }
}

/** At once the first time; then longer and longer, as long as workers die at their start. */
function waitAfter(early: number): number {
  return early < 2 ? 0 : Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** (early - 2))
}

function reasonOf({ crash, code, signal }: WorkerEnd, quarantineMs: number): string {
  if (!crash) return signal ? `${signal} ended it` : `it ended by itself with exit code ${code}`
  const consequence = crash.script === '' ? '' : `, and is not loaded for ${quarantineMs} ms, in which its requests get 500`
  return `${describeCrash(crash)}${consequence}`
}

function exitCode({ code, signal }: WorkerEnd): number {
  return code ?? 128 + constants.signals[signal as NodeJS.Signals]
}
