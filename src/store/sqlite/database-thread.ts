import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { failure, type PosternError, textOf } from '../../errors.ts'
import type { Call, FromThread, OperationName, Operations, Refusal, ToThread } from './operations.ts'

/** More calls do not wait: a disk that is too slow for what is asked of it shall not fill the memory. */
const MOST_WAITING = 10_000

interface Waiting {
  readonly resolve: (result: never) => void
  readonly reject: (error: PosternError) => void
}

export interface DatabaseThreadOptions {
  /** The database's file. */
  readonly file: string
  /** How a commit went: `null` if well; else why not, and how many writes that were promised already are lost. */
  readonly onCommit: (reason: string | null, lost: number) => void
}

/** What the parts of the store need of the thread. */
export type Calls = Pick<DatabaseThread, 'call'>

/** The database, as seen from the gateway's own thread. It keeps the process alive only while a call waits. */
export class DatabaseThread {
  readonly #options: DatabaseThreadOptions
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #opened = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  #lastId = 0
  #end: string | null = null

  /** @throws `store_not_opened` */
  static async open(options: DatabaseThreadOptions): Promise<DatabaseThread> {
    const thread = new DatabaseThread(options)
    await thread.#opened.promise
    thread.#worker.unref()
    return thread
  }

  private constructor(options: DatabaseThreadOptions) {
    this.#options = options
    this.#worker = new Worker(program, { workerData: { file: options.file }, execArgv: [], name: 'postern-store' })
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    this.#worker.on('error', (error) => this.#fail(textOf(error)))
    this.#worker.on('exit', () => {
      this.#fail('its thread has ended')
      this.#ended.resolve()
    })
  }

  /** Why there is no thread any more; `null` while there is. */
  get end(): string | null {
    return this.#end
  }

  /** @throws `store_failed` */
  call<Name extends OperationName>(name: Name, ...args: Parameters<Operations[Name]>): Promise<ReturnType<Operations[Name]>> {
    if (this.#end !== null) return Promise.reject(this.#failure(this.#end))
    if (this.#waiting.size >= MOST_WAITING)
      return Promise.reject(this.#failure(`${MOST_WAITING} calls wait for the disk already`))
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
      this.#tell({ id, name, args } as Call)
    })
  }

  /** Ends the thread when it has done what it was asked to, and the file has it all. */
  async close(): Promise<void> {
    if (this.#end === null) {
      this.#worker.ref()
      this.#tell({ name: 'close' })
    }
    await this.#ended.promise
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #hear(message: FromThread): void {
    switch (message.type) {
      case 'opened':
        this.#opened.resolve()
        break
      case 'refused':
        this.#refuse(message.refusal)
        break
      case 'committed':
        this.#options.onCommit(message.reason, message.lost)
        break
      case 'done':
        this.#settle(message.id)?.resolve(message.result as never)
        break
      case 'failed':
        this.#settle(message.id)?.reject(this.#failure(message.reason))
        break
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker.unref()
    return waiting
  }

  #refuse(refusal: Refusal): void {
    this.#opened.reject(failure('store_not_opened', { where: this.#options.file, ...refusal }))
  }

  #fail(reason: string): void {
    if (this.#end !== null) return
    this.#end = reason
    // It has no effect where the thread was opened.
    this.#refuse({ reason, remedy: 'see above for what the thread has said' })
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(this.#failure(reason))
  }

  #failure(reason: string): PosternError {
    return failure('store_failed', { where: this.#options.file, reason })
  }
}

/** Baked in by the image build. */
declare const POSTERN_VERSION: unknown

/** The thread's program: a checkout's, or that of the bundled gateway. */
const program =
  typeof POSTERN_VERSION === 'undefined'
    ? join(import.meta.dirname, 'thread/main.ts')
    : join(import.meta.dirname, 'sqlite-thread.js')
