import { type ChildProcess, fork } from 'node:child_process'
import { CRASH_FD, type CrashRecord, parseCrashRecord } from '../plugin/crash-record.ts'
import type { LegacyMessage, WorkerMessage } from './messages.ts'

/** How a worker process ended. */
export interface WorkerEnd {
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

export interface WorkerProcessOptions {
  /** The program and its arguments. */
  readonly command: readonly [program: string, ...args: string[]]
  /** What is left to it, asked for when it says hello. */
  readonly legacy: () => { readonly message: LegacyMessage; readonly socket: SocketHandle | undefined }
  readonly onMessage: (message: WorkerMessage, socket: SocketHandle | undefined) => void
}

/** A worker process, from its start to its end. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<WorkerEnd>

  constructor({ command: [program, ...args], legacy, onMessage }: WorkerProcessOptions) {
    let servesSince = 0
    // Standard output and error are the supervisor's own: no line takes a detour.
    const child = fork(program, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] })
    this.#child = child
    child.on('message', (message: WorkerMessage, socket) => {
      onMessage(message, socket as unknown as SocketHandle | undefined)
      if (message.type === 'ready') {
        servesSince = performance.now()
        return
      }
      const { message: answer, socket: left } = legacy()
      // A worker that has ended meanwhile is found out by its end.
      child.send(answer, left as never, () => {})
    })
    child.on('error', () => {})
    const record = readText(child)
    this.ended = new Promise((resolve) => {
      child.once('close', async (code, signal) => {
        const servedMs = servesSince === 0 ? 0 : performance.now() - servesSince
        resolve({ pid: child.pid ?? 0, code, signal, crash: parseCrashRecord(await record), servedMs })
      })
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}

/** All that the worker writes to the file descriptor for crash records. */
async function readText(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = []
  const stream = child.stdio[CRASH_FD] as NodeJS.ReadableStream
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve) => {
    const settle = () => resolve(Buffer.concat(chunks).toString())
    stream.on('end', settle).on('error', settle).on('close', settle)
  })
}
