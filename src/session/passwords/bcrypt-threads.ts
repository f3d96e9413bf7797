import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { failure } from '../../errors.ts'
import type { Comparison, NewPassword } from './bcrypt-worker.ts'

interface Job {
  readonly task: Comparison | NewPassword
  /** With whether a password matches, or with a hash. */
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** The one core that serves requests is left alone. */
const THREADS = Math.min(4, Math.max(1, availableParallelism() - 1))

/** Whoever comes when so many wait is turned away: guessing passwords is not to make everybody wait for minutes. */
const MOST_WAITING = 200

/** Baked in by the image build. */
declare const POSTERN_VERSION: unknown

const bundled = typeof POSTERN_VERSION !== 'undefined'
const PROGRAM = join(import.meta.dirname, bundled ? 'bcrypt-worker.js' : 'bcrypt-worker.ts')

/** Compares passwords with hashes by bcrypt, and makes such hashes, in threads of their own, which start when there is something to do. */
export class BcryptThreads {
  readonly #waiting: Job[] = []
  readonly #idle: Worker[] = []
  readonly #jobs = new Map<Worker, Job | null>()
  #closed = false

  /** Rejects with `passwords_busy` where too many wait already. */
  compare(comparison: Comparison): Promise<boolean> {
    return this.#enqueue<boolean>(comparison)
  }

  /** The hash of a new password; rejects likewise. */
  hash(password: NewPassword): Promise<string> {
    return this.#enqueue<string>(password)
  }

  #enqueue<Result>(task: Job['task']): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error('The gateway closes'))
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(failure('passwords_busy', { waiting: MOST_WAITING }))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject })
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#jobs.keys()].map((worker) => worker.terminate()))
    for (const job of this.#waiting.splice(0)) job.reject(new Error('The gateway closes'))
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#closed) return
    const worker = this.#idle.pop() ?? (this.#jobs.size < THREADS ? this.#start() : undefined)
    const job = worker && this.#waiting.shift()
    if (!job) return
    this.#jobs.set(worker, job)
    worker.postMessage(job.task)
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { execArgv: [], name: 'postern-bcrypt' })
    // Whoever waits for it has a connection, which keeps the process alive.
    worker.unref()
    this.#jobs.set(worker, null)
    worker.on('message', (result: unknown) => {
      this.#jobs.get(worker)?.resolve(result as never)
      this.#jobs.set(worker, null)
      this.#idle.push(worker)
      this.#next()
    })
    // An error ends the thread.
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', () => this.#lose(worker, new Error('The thread that checks passwords has ended')))
    return worker
  }

  #lose(worker: Worker, error: unknown): void {
    this.#jobs.get(worker)?.reject(error)
    if (!this.#jobs.delete(worker)) return
    if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1)
    this.#next()
  }
}
