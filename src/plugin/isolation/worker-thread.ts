import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { failure, type PosternError, textOf } from '../../errors.ts'
import { type Logger, onLevelChange } from '../../log.ts'
import type { Artifact } from '../artifact.ts'
import type { KeyValue } from '../contract/index.ts'
import { CallTable } from './call-table.ts'
import type { IsolatedCall } from './isolated-call.ts'
import type { Permissions, WorkerLimits } from './isolation.ts'
import type { ExportDescription, WorkerMethods, WorkerSetup } from './protocol.ts'
import type { Thrown } from './thrown.ts'
import { Wire } from './wire.ts'
import { WorkerWatch } from './worker-watch.ts'

/** How long module level code may take, in milliseconds. */
const LOAD_LIMIT = 10_000
/** How long V8 gets to end a worker, in milliseconds; two are common. */
const END_LIMIT = 1_000

/** What a worker died of, and the exports whose calls that has cost. */
export interface WorkerDeath {
  readonly reason: PosternError
  readonly plugins: readonly string[]
}

export interface WorkerThreadOptions {
  readonly artifact: Artifact
  readonly limits: WorkerLimits
  /** Tagged with the artifact. */
  readonly log: Logger
  readonly kv: KeyValue
  readonly maxPluginBody: number
  readonly onFailedLate: (thrown: Thrown) => void
  /** The worker should get no more calls. */
  readonly onRetire: (reason: PosternError) => void
  /** A worker does not end: what is left is to end the process. */
  readonly onUnkillable: (reason: string) => void
}

/** A worker that runs one version of an artifact, until it dies or is ended. */
export class WorkerThread {
  readonly calls: CallTable
  /** The uses that it has been told of. */
  readonly uses = new Set<number>()
  readonly wire: Wire<WorkerMethods>
  /** Settles when the worker runs no more, or is given up, with what it died of; null where it was ended on purpose. */
  readonly death: Promise<WorkerDeath | null>
  /** What it exports, once its module level code has run; rejects with what that threw. */
  readonly loaded: Promise<readonly ExportDescription[]>
  readonly #options: WorkerThreadOptions
  readonly #worker: Worker
  readonly #watch: WorkerWatch
  readonly #die: (death: WorkerDeath | null) => void
  readonly #unfollowLevel: () => void
  #dead = false
  #retired = false
  #terminated: Promise<void> | null = null

  constructor(options: WorkerThreadOptions) {
    const { artifact, limits, log } = options
    const progress = new Int32Array(new SharedArrayBuffer(8))
    const { promise, resolve } = Promise.withResolvers<WorkerDeath | null>()
    this.#options = options
    this.death = promise
    this.#die = resolve
    this.#worker = new Worker(program.file, workerOptions(options, progress))
    this.calls = new CallTable({ kv: options.kv, log, onFailedLate: options.onFailedLate })
    this.wire = new Wire<WorkerMethods>(this.#worker, this.calls.methods)
    this.#unfollowLevel = onLevelChange(log, (level) => this.wire.tell('logLevel', level))
    this.#watch = new WorkerWatch({
      worker: this.#worker,
      progress,
      plugin: artifact.stamp.name,
      limits,
      calls: this.calls,
      ping: (number) => this.wire.tell('ping', number),
      onExcess: (reason, isUrgent) => (isUrgent ? this.kill(reason) : this.#retire(reason)),
    })
    this.#listen()
    this.loaded = this.#load()
  }

  #listen(): void {
    const { artifact, limits, log } = this.#options
    const plugin = artifact.stamp.name
    // What is thrown inside is dealt with inside; what comes through here is V8's own.
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        this.kill(failure('worker_heap_exceeded', { plugin, memoryMb: limits.memoryMb }))
      else this.kill(failure('worker_failed', { plugin, reason: textOf(error) }, error))
    })
    this.#worker.on('exit', (code) => this.#end(failure('worker_exited', { plugin, code })))
    logLines(this.#worker.stdout, (line) => log.info(line))
    logLines(this.#worker.stderr, (line) => log.warn(line))
    // The gateway's own handles keep the process alive.
    this.#worker.unref()
  }

  async #load(): Promise<readonly ExportDescription[]> {
    const { stamp } = this.#options.artifact
    const giveUp = setTimeout(() => this.kill(failure('worker_load_slow', { plugin: stamp.name, ms: LOAD_LIMIT })), LOAD_LIMIT)
    try {
      const exports = await this.wire.ask('load')
      this.#watch.start()
      return exports
    } finally {
      clearTimeout(giveUp)
    }
  }

  /** Takes a call in. */
  enter(call: IsolatedCall): void {
    this.calls.add(call)
    this.#watch.wake()
  }

  #retire(reason: PosternError): void {
    if (!this.#retired) this.#options.onRetire(reason)
    this.#retired = true
  }

  /** Ends the worker for a reason, which is what its calls fail with. */
  kill(reason: PosternError): void {
    if (this.#dead) return
    this.#end(reason)
    void this.#terminate(reason.message)
  }

  /** Ends the worker on purpose, after the plugins' own clean-up. */
  async close(): Promise<void> {
    const { name: plugin } = this.#options.artifact.stamp
    this.#worker.ref()
    if (!this.#dead) await Promise.race([this.wire.ask('dispose').catch(() => {}), this.death])
    this.#end(null)
    await this.#terminate(failure('worker_closed', { plugin }).message)
  }

  #end(reason: PosternError | null): void {
    if (this.#dead) return
    this.#dead = true
    this.#watch.stop()
    this.#unfollowLevel()
    this.#die(reason && { reason, plugins: this.calls.plugins })
    this.wire.cut(reason ?? failure('worker_closed', { plugin: this.#options.artifact.stamp.name }))
  }

  #terminate(reason: string): Promise<void> {
    this.#terminated ??= this.#endThread(reason)
    return this.#terminated
  }

  async #endThread(reason: string): Promise<void> {
    const giveUp = new AbortController()
    const limit = delay(END_LIMIT, 'late', { signal: giveUp.signal }).catch(() => {})
    const ended = await Promise.race([this.#worker.terminate(), limit])
    giveUp.abort()
    if (ended === 'late') this.#options.onUnkillable(reason)
  }
}

/** Baked in by the image build. */
declare const POSTERN_VERSION: unknown

/** The worker's program, and the folders that it has to read to start: a checkout's, or that of the bundled gateway. */
const program = locateProgram()

function locateProgram(): { file: string; folders: readonly string[] } {
  const here = import.meta.dirname
  if (typeof POSTERN_VERSION !== 'undefined') return { file: join(here, 'isolation-worker.js'), folders: [join(here, '/')] }
  const root = join(here, '../../..')
  const folders = [join(root, 'src/'), join(root, 'package.json'), join(root, 'node_modules/')]
  return { file: join(here, 'worker/main.ts'), folders: [...new Set(folders.flatMap((folder) => [folder, real(folder)]))] }
}

function real(path: string): string {
  try {
    return path.endsWith('/') ? join(realpathSync(path), '/') : realpathSync(path)
  } catch {
    return path
  }
}

function workerOptions(
  { artifact, limits, log, maxPluginBody }: WorkerThreadOptions,
  progress: WorkerSetup['progress'],
): WorkerOptions {
  const { permissions, memoryMb } = limits
  const setup: WorkerSetup = {
    artifact: { ...artifact, sourceMap: null },
    logLevel: log.level,
    maxPluginBody,
    readsToDrop: readsToDrop(permissions),
    progress,
  }
  return {
    name: `postern ${artifact.stamp.name}`,
    workerData: setup,
    execArgv: ['--permission', '--disable-warning=ExperimentalWarning', ...flagsOf(permissions)],
    env: environmentOf(permissions),
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    stdout: true,
    stderr: true,
  }
}

function flagsOf({ net, child_process, fs_read, fs_write }: Permissions): string[] {
  return [
    ...(net ? ['--allow-net'] : []),
    ...(child_process ? ['--allow-child-process'] : []),
    ...[...program.folders, ...fs_read].map((path) => `--allow-fs-read=${path}`),
    ...fs_write.map((path) => `--allow-fs-write=${path}`),
  ]
}

/** Node lets a worker read its program, and, unasked, the working directory; the plugin shall not, unless that is granted. */
function readsToDrop({ fs_read }: Permissions): string[] {
  const granted = fs_read.map((path) => join(path, '/'))
  return [...program.folders, process.cwd()].filter((path) => !granted.includes(join(path, '/')))
}

function environmentOf({ env }: Permissions): NodeJS.ProcessEnv {
  // NODE_OPTIONS are for a process, not for its threads.
  const names = env.filter((name) => name !== 'NODE_OPTIONS' && process.env[name] !== undefined)
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

function logLines(stream: NodeJS.ReadableStream, log: (line: string) => void): void {
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => log(text.trimEnd()))
}
