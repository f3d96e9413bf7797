import { type ChildProcess, fork } from 'node:child_process'
import { CRASH_FD, type CrashRecord, parseCrashRecord } from '../plugin/crash-record.ts'
import type { ChildMessage, SupervisorMessage } from './messages.ts'

/** How long the channel of a process that has ended is waited for. */
const CHANNEL_END_MS = 250

/**
 * What a semi-space of V8's young generation starts with, which would get there under load anyway: from 1 MiB, a start is
 * collected so often that it takes a tenth longer. It costs an idle process 6 MB.
 */
const YOUNG_GENERATION_MIB = 8

/** How a process ended. */
export interface ProcessEnd {
  readonly pid: number
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why it had to be ended, if it left a record. */
  readonly crash: CrashRecord | null
  /** How long it has served; 0 if it never did. */
  readonly servedMs: number
}

/** A listening socket on its way between processes: Node's own handle, which nobody here listens on. */
export type SocketHandle = { close(): void }

export interface SupervisedProcessOptions {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  readonly onMessage: (message: ChildMessage, socket: SocketHandle | undefined) => void
}

/** A process of the supervisor's, from its start to its end. */
export class SupervisedProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<ProcessEnd>

  constructor({ command: [program, ...args], onMessage }: SupervisedProcessOptions) {
    let servesSince = 0
    let overdue: NodeJS.Timeout | undefined
    // Standard output and error are the supervisor's own: no line takes a detour.
    const execArgv = [...process.execArgv, `--min-semi-space-size=${YOUNG_GENERATION_MIB}`]
    const child = fork(program, args, { execArgv, stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] })
    this.#child = child
    child.on('message', (message: ChildMessage, socket) => {
      if (message.type === 'ready') servesSince = performance.now()
      onMessage(message, socket as unknown as SocketHandle | undefined)
    })
    child.on('error', () => {})
    const record = readText(child)
    this.ended = new Promise((resolve) => {
      const end = async (code: number | null, signal: NodeJS.Signals | null) => {
        clearTimeout(overdue)
        const servedMs = servesSince === 0 ? 0 : performance.now() - servesSince
        resolve({ pid: this.pid, code, signal, crash: parseCrashRecord(await record), servedMs })
      }
      // What it has said last is heard before. Node leaves out the end of a channel that a socket was on its way through.
      child.once('close', end)
      child.once('exit', (code, signal) => {
        overdue = setTimeout(end, CHANNEL_END_MS, code, signal)
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  send(message: SupervisorMessage, socket?: SocketHandle): void {
    // One that has ended meanwhile is found out by its end.
    if (this.#child.connected) this.#child.send(message, socket as never, () => {})
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}

/** All that the process writes to the file descriptor for crash records. */
async function readText(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = []
  const stream = child.stdio[CRASH_FD] as NodeJS.ReadableStream
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve) => {
    const settle = () => resolve(Buffer.concat(chunks).toString())
    stream.on('end', settle).on('error', settle).on('close', settle)
  })
}
