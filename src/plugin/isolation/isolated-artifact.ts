import type { StandardSchemaV1 } from '@standard-schema/spec'
import { failure, type PosternError, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Artifact } from '../artifact.ts'
import type { PluginContext } from '../context.ts'
import type { KeyValue, Plugin } from '../contract/index.ts'
import type { LoadedArtifact, LoadedExport } from '../loader.ts'
import { nextOwnerNumber, type PluginOwner } from '../owner.ts'
import { scriptName } from '../script-name.ts'
import { IsolatedCall } from './isolated-call.ts'
import { missingPermissions, type WorkerLimits } from './isolation.ts'
import type { ExportDescription, UseSetup } from './protocol.ts'
import { RestartPace } from './restart-pace.ts'
import { reviveThrown, type Thrown } from './thrown.ts'
import { UseSetups } from './use-setups.ts'
import { type WorkerDeath, WorkerThread } from './worker-thread.ts'

export interface IsolationHost {
  readonly log: Logger
  readonly kv: KeyValue
  /** How many bytes of a body a plugin may have kept. */
  readonly maxPluginBody: number
  /** Logs what failed in the worker where nobody catches. */
  readonly onFailedLate: (artifact: Artifact, owner: PluginOwner, thrown: unknown) => void
  /** A worker does not end: what is left is to end the process. */
  readonly onUnkillable: (owner: PluginOwner, reason: string) => void
}

/**
 * Starts a worker with a verified artifact, and runs its module level code there. What comes back is used like an
 * artifact that was loaded inline: its handlers are ordinary plugins, which hand each call to the worker.
 *
 * @throws `artifact_threw` with the cause, like `loadArtifact`
 */
export async function openIsolated(artifact: Artifact, limits: WorkerLimits, host: IsolationHost): Promise<LoadedArtifact> {
  const isolated = new IsolatedArtifact(artifact, limits, host)
  const exports = await isolated.open()
  return {
    artifact,
    owner: isolated.owner,
    exports: new Map(exports.map((one) => [one.name, isolated.exportOf(one)])),
    dispose: () => isolated.close(),
  }
}

/** One version of an artifact in a worker, which is replaced when it dies. */
class IsolatedArtifact {
  readonly owner: PluginOwner
  readonly #artifact: Artifact
  readonly #limits: WorkerLimits
  readonly #host: IsolationHost
  readonly #pace = new RestartPace()
  /** The worker that gets new calls. */
  #worker: WorkerThread | null = null
  #starting: Promise<WorkerThread> | null = null
  #restAt = 0
  #restart: NodeJS.Timeout | null = null
  #closed: Promise<void> | null = null

  constructor(artifact: Artifact, limits: WorkerLimits, host: IsolationHost) {
    const { path, stamp } = artifact
    const { name, version } = stamp
    const log = host.log.child({ plugin: name, plugin_version: version, artifact: path, isolation: 'worker' })
    this.owner = { name, version, path, script: scriptName(stamp), number: nextOwnerNumber(), log, gatewayLog: host.log }
    this.#artifact = artifact
    this.#limits = limits
    this.#host = host
  }

  async open(): Promise<readonly ExportDescription[]> {
    const { path, stamp } = this.#artifact
    const missing = missingPermissions(stamp.permissions, this.#limits.permissions)
    if (missing.length > 0) {
      const warning = failure('worker_permissions_missing', { plugin: stamp.name, path, missing: missing.join(', ') })
      this.owner.log.warn({ code: warning.code }, warning.message)
    }
    const worker = this.#newWorker()
    try {
      const exports = await worker.loaded
      this.#serve(worker)
      return exports
    } catch (thrown) {
      await worker.close()
      throw failure('artifact_threw', { plugin: stamp.name, path, reason: textOf(thrown) }, thrown)
    }
  }

  // The worker

  #newWorker(): WorkerThread {
    const { kv, maxPluginBody, onFailedLate, onUnkillable } = this.#host
    return new WorkerThread({
      artifact: this.#artifact,
      limits: this.#limits,
      log: this.owner.log,
      kv,
      maxPluginBody,
      onFailedLate: (thrown: Thrown) => onFailedLate(this.#artifact, this.owner, reviveThrown(thrown)),
      onUnkillable: (reason) => onUnkillable(this.owner, reason),
      onRetire: (reason) => this.#retire(reason),
    })
  }

  #serve(worker: WorkerThread): void {
    this.#worker = worker
    this.#starting = null
    void worker.death.then((death) => {
      if (death !== null && this.#worker === worker) this.#replace(death)
    })
  }

  /** A worker is dead: another takes its place, sooner or later. */
  #replace({ reason, plugins }: WorkerDeath): void {
    this.#worker = null
    const pause = this.#pace.noteDeath()
    const what = pause === 0 ? 'another one takes its place' : `another one is started in ${pause} ms`
    const calls = plugins.length === 0 ? '' : `calls of ${plugins.map((name) => `"${name}"`).join(', ')} failed; `
    this.owner.log.error({ code: reason.code, err: reason.cause }, `${reason.message}; ${calls}${what}`)
    if (this.#closed || this.#starting) return
    this.#restAt = performance.now() + pause
    if (pause === 0) void this.#start().catch(() => {})
    else this.#restart = setTimeout(() => void this.#start().catch(() => {}), pause).unref()
  }

  /** A worker goes on with what it has, and another one gets what comes. */
  #retire(reason: PosternError): void {
    const worker = this.#worker
    if (!worker || this.#starting) return
    this.owner.log.error({ code: reason.code }, `${reason.message}; another worker takes its place`)
    const replace = async () => {
      await this.#start()
      await worker.calls.drained()
      await worker.close()
    }
    void replace().catch(() => worker.kill(reason))
  }

  #start(): Promise<WorkerThread> {
    const worker = this.#newWorker()
    this.#starting = worker.loaded.then(
      () => {
        this.#serve(worker)
        return worker
      },
      async (thrown) => {
        this.#starting = null
        await worker.close()
        if (!this.#closed)
          this.#replace({
            reason: failure('worker_failed', { plugin: this.owner.name, reason: textOf(thrown) }, thrown),
            plugins: [],
          })
        throw thrown
      },
    )
    return this.#starting
  }

  /** The worker for a call. One that is being started is waited for, one that is to rest is not. */
  #workerNow(): WorkerThread | Promise<WorkerThread> {
    if (this.#worker) return this.#worker
    if (this.#closed) throw failure('worker_closed', { plugin: this.owner.name })
    if (this.#starting) return this.#starting
    const ms = Math.max(1, Math.round(this.#restAt - performance.now()))
    throw failure('worker_resting', { plugin: this.owner.name, deaths: this.#pace.deaths, ms })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    if (this.#restart) clearTimeout(this.#restart)
    const worker = this.#worker ?? (await this.#starting?.catch(() => null)) ?? null
    this.#worker = null
    await worker?.close()
  }

  // The exports

  exportOf({ name, hasSchema }: ExportDescription): LoadedExport {
    const uses = new UseSetups(name, (id) => this.#worker?.wire.tell('forgetUse', id))
    const handler = async (c: PluginContext, next: () => Promise<void>): Promise<void> => {
      const worker = this.#workerNow()
      await this.#call(worker instanceof WorkerThread ? worker : await worker, uses.of(c.definition, c.config), c, next)
    }
    const plugin = handler as unknown as Plugin
    return { name, handler: plugin, options: hasSchema ? { config: this.#schemaOf(name), handler: plugin } : null }
  }

  #call(worker: WorkerThread, use: UseSetup, context: PluginContext, next: () => Promise<void>): Promise<void> {
    const { calls, wire } = worker
    const onEnd = (call: IsolatedCall) => calls.delete(call)
    const call = new IsolatedCall({ id: calls.newId(), plugin: use.export, wire, context, next, onEnd })
    worker.enter(call)
    return call.run(use, worker.uses)
  }

  /** The schema of an export, which is in the worker: it says what is wrong, and what it makes of a configuration stays there. */
  #schemaOf(name: string): StandardSchemaV1 {
    const validate = async (value: unknown): Promise<StandardSchemaV1.Result<unknown>> => {
      const worker = await this.#workerNow()
      const issues = await worker.wire.ask('validate', name, value)
      return issues.length > 0 ? { issues } : { value }
    }
    return { '~standard': { version: 1, vendor: 'postern', validate } }
  }
}
