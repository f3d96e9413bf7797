import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { microsecondsPerTick, searchPath } from './machine.ts'

export interface ChildOptions {
  /** The working folder. */
  readonly cwd: string
  /** The descriptor of a file that gets standard output, which is then not in {@link Child.output}. */
  readonly stdout?: number | undefined
}

/** A process that the bench started, pinned to one core. */
export class Child {
  readonly name: string
  /** Settles when the process has ended and its output is complete. */
  readonly closed: Promise<void>
  readonly #process: ChildProcess
  #output = ''

  constructor(name: string, core: number, command: readonly string[], { cwd, stdout }: ChildOptions) {
    this.name = name
    this.#process = spawn('taskset', ['-c', String(core), ...command], {
      cwd,
      env: { ...process.env, PATH: searchPath },
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.#process.on('close', () => resolve())
    this.#process.on('error', (error) => {
      this.#output += error.message
      resolve()
    })
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-20_000)
      })
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The last 20,000 characters of both output streams. */
  get output(): string {
    return this.#output
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null || this.#process.pid === undefined
  }

  /** Null while it runs, and where a signal ended it. */
  get exitCode(): number | null {
    return this.#process.exitCode
  }

  /** CPU time that the process and its descendants have used, all threads, in microseconds. */
  cpuTime(): number {
    return this.#tree().reduce((sum, pid) => sum + cpuTimeOf(pid), 0)
  }

  /** Resident memory of the process and its descendants, in bytes. */
  residentMemory(): number {
    return this.#tree().reduce((sum, pid) => sum + residentMemoryOf(pid), 0)
  }

  /** Ends the process: asks, and after five seconds insists. */
  async stop(): Promise<void> {
    if (this.ended) return
    const tree = this.#tree()
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => kill(tree), 5_000)
    await this.closed
    clearTimeout(timer)
  }

  /** Ends the process and its descendants at once, for the moment before this process itself ends. */
  kill(): void {
    if (!this.ended) kill(this.#tree())
  }

  #tree(): number[] {
    const pids = this.ended ? [] : [this.pid]
    for (const pid of pids) pids.push(...childrenOf(pid))
    return pids
  }
}

function kill(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function childrenOf(pid: number): number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number)
}

function cpuTimeOf(pid: number): number {
  // The name, in parentheses, may hold anything; utime and stime are fields 14 and 15, counted from 1.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')
  if (fields === undefined) return 0
  return (Number(fields[11]) + Number(fields[12])) * microsecondsPerTick
}

function residentMemoryOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return Number(kilobytes ?? 0) * 1024
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
