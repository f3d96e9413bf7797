import { constants } from 'node:os'
import { failure } from '../errors.ts'
import { type CrashRecord, describeCrash } from '../plugin/crash-record.ts'
import type { ChildMessage, Hello, Member, SupervisorMessage } from './messages.ts'
import { Seat } from './seat.ts'
import { StoreSeat } from './store-seat.ts'
import type { ProcessEnd, SocketHandle } from './supervised-process.ts'

type Program = readonly [program: string, ...args: string[]]

export interface SupervisorOptions {
  /** Starts a worker: the program and its arguments. */
  readonly worker: Program
  /** Starts the process that has the store, where workers share one. */
  readonly store: Program
  /** Writes a line of the log. */
  readonly out: (line: string) => void
  /** Writes a line for the person at the terminal. */
  readonly err: (line: string) => void
}

/** The same signal may come twice: from the terminal or the service manager, and from what started this process. */
const SAME_SIGNAL_MS = 500
/** More crashes than this are not told on: the latest matter. */
const CRASHES_KEPT = 100

/** A worker's place, and what is known of who is in it. */
interface WorkerSeat {
  readonly number: number
  readonly seat: Seat
  /** It has said hello. */
  isMember: boolean
  /** SIGHUP would have ended it when it came. */
  reloadAsked: boolean
}

/**
 * Keeps worker processes running until a signal asks to stop. It serves nothing itself and reads no configuration (the first
 * worker tells how many there are to be), so that there is next to nothing in it that could fail. It keeps the listening socket
 * open: connections made while no worker runs wait for the next one instead of being refused.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #stop = new AbortController()
  readonly #workers: WorkerSeat[] = []
  readonly #ends: Promise<ProcessEnd | null>[] = []
  #store: StoreSeat | null = null
  #socket: SocketHandle | undefined = undefined
  #crashes: CrashRecord[] = []
  /** What the first worker has said of itself, and of what there is to be. */
  #hello: Hello | null = null
  /** Whether any worker has ever served. */
  #served = false
  #stopAskedAt = 0
  #stopSignal: NodeJS.Signals | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Resolves with the exit code, once the workers have ended and are not to be replaced. */
  async run(): Promise<number> {
    this.#addWorker()
    const codes: number[] = []
    // There are more of them once the first one serves.
    for (let i = 0; i < this.#ends.length; i++) codes.push(this.#workerCode((await this.#ends[i]) ?? null))
    if (this.#store && (await this.#store.path) === null) return exitCode(await this.#store.ended)
    await this.#store?.close()
    return codes.find((code) => code !== 0) ?? 0
  }

  /** A worker that was still starting when the others were asked to stop had nothing to finish. */
  #workerCode(end: ProcessEnd | null): number {
    const wasStarting = this.#served && end?.servedMs === 0 && end.signal !== null && end.signal === this.#stopSignal
    return wasStarting ? 0 : exitCode(end)
  }

  /** Hands a signal on. The first that asks to stop is for the workers to obey; a later one ends them at once. */
  signal(name: NodeJS.Signals): void {
    if (name === 'SIGHUP') for (const worker of this.#workers) askToReload(worker)
    else if (!this.#stopping) this.#beginToStop(name)
    else if (performance.now() - this.#stopAskedAt > SAME_SIGNAL_MS) this.#signalAll('SIGKILL')
  }

  #beginToStop(name: NodeJS.Signals): void {
    this.#stopAskedAt = performance.now()
    this.#stopSignal = name
    this.#stop.abort()
    // Else connections would be accepted that nobody will serve.
    this.#socket?.close()
    this.#socket = undefined
    this.#signalAll(name)
  }

  #signalAll(name: NodeJS.Signals): void {
    for (const { seat } of this.#workers) seat.process?.signal(name)
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted
  }

  #addWorker(): void {
    const worker: WorkerSeat = {
      number: this.#workers.length + 1,
      isMember: false,
      reloadAsked: false,
      seat: new Seat({
        command: this.#options.worker,
        stop: this.#stop.signal,
        onMessage: (message, socket) => this.#hear(worker, message, socket),
        onEnd: (end) => this.#noteEnd(worker, end),
        onReplace: (end, waitMs) => this.#announce('worker_replaced', end, waitMs),
        // Why it ended it has said itself; to try again would not change it.
        isHopeless: ({ crash }) => !this.#served && !crash,
      }),
    }
    this.#workers.push(worker)
    this.#ends.push(worker.seat.run())
  }

  #hear(worker: WorkerSeat, message: ChildMessage, socket: SocketHandle | undefined): void {
    switch (message.type) {
      case 'hello':
        this.#hello ??= message
        void this.#greet(worker)
        break
      case 'ready':
        this.#noteReady(worker, socket)
        break
      case 'relay':
        this.#relay(worker.number, message.to, message.content)
    }
  }

  /** Tells a worker what is left to it, once there is a store for it. */
  async #greet(worker: WorkerSeat): Promise<void> {
    const { process } = worker.seat
    const path = await this.#storePath()
    if (path === null) {
      // The process that could not have the store has said why.
      this.#stop.abort()
      process?.signal('SIGKILL')
      return
    }
    worker.isMember = true
    const { workers = 1 } = this.#hello ?? {}
    const storePaths = path === '' ? [] : [path]
    process?.send({ type: 'legacy', crashes: this.#crashes, worker: worker.number, workers, storePaths }, this.#socket)
    this.#tellMembers()
  }

  /** Where the workers' store is: '' where they share none, null where it could not be opened. */
  async #storePath(): Promise<string | null> {
    const paths = this.#hello?.storePaths ?? []
    if (paths.length === 0) return ''
    this.#store ??= new StoreSeat({
      command: this.#options.store,
      paths,
      onReplace: (end, waitMs) => this.#announce('store_process_replaced', end, waitMs),
    })
    return await this.#store.path
  }

  #noteReady(worker: WorkerSeat, socket: SocketHandle | undefined): void {
    this.#served = true
    if (worker.reloadAsked) askToReload(worker)
    if (socket && this.#stopping) socket.close()
    else if (socket) this.#socket = socket
    const { workers = 1 } = this.#hello ?? {}
    while (!this.#stopping && this.#workers.length < workers) this.#addWorker()
  }

  #noteEnd(worker: WorkerSeat, { crash }: ProcessEnd): void {
    worker.isMember = false
    if (crash) {
      this.#crashes = [...this.#crashes, crash].slice(-CRASHES_KEPT)
      this.#tell({ type: 'crash', crash })
    }
    this.#tellMembers()
  }

  #relay(from: number, to: number, content: unknown): void {
    const message = { type: 'relay', from, content } as const
    for (const { number, seat, isMember } of this.#workers) {
      if (isMember && (to === 0 ? number !== from : number === to)) seat.process?.send(message)
    }
  }

  #tellMembers(): void {
    const members: Member[] = this.#workers
      .filter(({ isMember, seat }) => isMember && seat.process)
      .map(({ number, seat }) => ({ worker: number, pid: seat.process?.pid ?? 0 }))
    this.#tell({ type: 'members', members })
  }

  #tell(message: SupervisorMessage): void {
    for (const { seat, isMember } of this.#workers) if (isMember) seat.process?.send(message)
  }

  #announce(what: 'worker_replaced' | 'store_process_replaced', end: ProcessEnd, waitMs: number): void {
    const { logFormat, quarantineMs } = this.#hello ?? { logFormat: 'pretty', quarantineMs: 0 }
    if (logFormat === null) return
    const { code, message } = failure(what, { pid: end.pid, why: reasonOf(end, quarantineMs), waitMs })
    const time = new Date().toISOString()
    if (logFormat === 'pretty') this.#options.out(`[${time}] ERROR: ${message}`)
    else this.#options.out(JSON.stringify({ level: 'error', time, code, ...end.crash, msg: message }))
  }
}

/** A worker that is starting may have read some of it already: it is asked as soon as it serves. */
function askToReload(worker: WorkerSeat): void {
  worker.reloadAsked = !worker.seat.isServing
  if (worker.seat.isServing) worker.seat.process?.signal('SIGHUP')
}

function reasonOf({ crash, code, signal }: ProcessEnd, quarantineMs: number): string {
  if (!crash) return signal ? `${signal} ended it` : `it ended by itself with exit code ${code}`
  const consequence = crash.script === '' ? '' : `, and is not loaded for ${quarantineMs} ms, in which its requests get 500`
  return `${describeCrash(crash)}${consequence}`
}

function exitCode(end: ProcessEnd | null): number {
  if (end === null) return 0
  return end.code ?? 128 + constants.signals[end.signal as NodeJS.Signals]
}
