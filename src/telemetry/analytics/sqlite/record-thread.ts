import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { failure, textOf } from '../../../errors.ts'
import type { FromRecordThread, RecordCall, RecordOperations, RecordThreadSetup, ToRecordThread } from './operations.ts'

interface Waiting {
  resolve(result: never): void
  reject(error: Error): void
}

/** A thread with the database of records, which waits for the disk in the gateway's stead. It is started when it is needed. */
export class RecordThread {
  readonly #setup: RecordThreadSetup
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | null = null
  #lastId = 0

  constructor(setup: RecordThreadSetup) {
    this.#setup = setup
  }

  /** What is in `memory` is the thread's from now on. @throws `records_failed` */
  call<Name extends keyof RecordOperations>(
    name: Name,
    argument: Parameters<RecordOperations[Name]>[0],
    memory: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<RecordOperations[Name]>> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      worker.ref()
      this.#waiting.set(id, { resolve, reject })
      this.#tell(worker, { id, name, argument } as RecordCall, memory)
    })
  }

  /** Ends the thread when it has done what it was asked to. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    this.#tell(worker, { name: 'close' })
    await ended
  }

  #start(): Worker {
    const worker = new Worker(program, { workerData: this.#setup, execArgv: [], name: 'postern-analytics' })
    worker.on('message', (message: FromRecordThread) => this.#settle(worker, message))
    worker.on('error', (error) => this.#end(worker, textOf(error)))
    worker.on('exit', () => this.#end(worker, 'its thread has ended'))
    return worker
  }

  #tell(worker: Worker, message: ToRecordThread, memory: readonly ArrayBuffer[] = []): void {
    worker.postMessage(message, memory)
  }

  #settle(worker: Worker, message: FromRecordThread): void {
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) worker.unref()
    if ('reason' in message) waiting?.reject(this.#failure(message.reason))
    else waiting?.resolve(message.result as never)
  }

  /** The next call starts another. */
  #end(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#waiting.values()) reject(this.#failure(reason))
    this.#waiting.clear()
  }

  #failure(reason: string): Error {
    return failure('records_failed', { where: this.#setup.file, reason })
  }
}

/** Baked in by the image build. */
declare const POSTERN_VERSION: unknown

/** The thread's program: a checkout's, or that of the bundled gateway. */
const program =
  typeof POSTERN_VERSION === 'undefined'
    ? join(import.meta.dirname, 'thread/main.ts')
    : join(import.meta.dirname, 'analytics-thread.js')
