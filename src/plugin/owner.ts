import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { inspect, types } from 'node:util'
import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'

/** The artifact that running code belongs to. It outlives the artifact where a late callback holds it, so it holds no code. */
export interface PluginOwner {
  readonly name: string
  readonly version: string
  readonly path: string
  /** What its code is called in stacks; it stands for this very version of the artifact. */
  readonly script: string
  /** Set while it runs, for who looks on from another thread (see {@link running}); never 0. */
  readonly number: number
  /** The plugin whose call it is, by the id of its state; undefined where the code is no plugin's in particular. */
  readonly use?: string
  /** Tagged with the three above. */
  readonly log: Logger
  /** The log of the gateway that loaded it. */
  readonly gatewayLog: Logger
}

const owners = new AsyncLocalStorage<PluginOwner | null>()

/**
 * The number of the owner whose code this thread runs at the moment, 0 while it runs none or code that an owner has gone
 * on with later. The watchdog reads it from its own thread, where V8 does not let it look at the stack.
 */
export const running = new Int32Array(new SharedArrayBuffer(4))
let lastNumber = 0

/** A number that no other owner in this process has. */
export function nextOwnerNumber(): number {
  lastNumber += 1
  return lastNumber
}

/** Of each owner the context of calls that come from the gateway: entering one that is there costs a tenth of making it. */
const scopes = new WeakMap<PluginOwner, AsyncResource>()

function scopeOf(owner: PluginOwner): AsyncResource {
  let scope = scopes.get(owner)
  if (scope === undefined) {
    scope = owners.run(owner, () => new AsyncResource('PosternPlugin'))
    scopes.set(owner, scope)
  }
  return scope
}

/**
 * Calls `fn` as `owner`: what it starts, and what fails later in a timer or an unawaited promise, is the owner's. `null`
 * is the gateway itself, for its own code that a plugin calls. Whatever else a plugin keeps in an `AsyncLocalStorage`, those
 * that it calls with `next()` have as well. 0.03 µs from the gateway, 0.2 µs from a plugin.
 */
export function runAs<Args extends unknown[], Result>(
  owner: PluginOwner | null,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  const before = running[0] as number
  running[0] = owner?.number ?? 0
  try {
    // Nobody but plugins keeps anything in the context of a request: outside of their calls there is nothing to hand on.
    if (owner !== null && owners.getStore() === undefined) return scopeOf(owner).runInAsyncScope(fn, null, ...args)
    return owners.run(owner, fn, ...args)
  } finally {
    running[0] = before
  }
}

/** Whom the running code belongs to: `null` is the gateway itself, or anybody else. */
export function runningOwner(): PluginOwner | null {
  return owners.getStore() ?? null
}

/** Source-maps the stack of an owner's error; see `StackMapper`. */
export type MapStack = (owner: PluginOwner, stack: string) => Promise<string>

/** Is told of every late failure that is a plugin's. */
export type OnLateFailure = (owner: PluginOwner, thrown: unknown) => void

export interface LateFailureOptions {
  /** Is told of the failures of plugins. */
  readonly onFailure?: OnLateFailure
  /** Whether an error that is no plugin's ends the process; `false` leaves it to others. Default true. */
  readonly endsProcess?: boolean
}

/**
 * Handles, for the whole process, what was thrown where nobody catches. A plugin's error is logged in its name, and the
 * process goes on. An error that is no plugin's is logged as fatal and ends the process with status 1.
 *
 * @returns takes the handlers away again.
 */
export function installLateFailureHandlers(log: Logger, mapStack?: MapStack, options: LateFailureOptions = {}): () => void {
  const { onFailure, endsProcess = true } = options
  const handle: Handler = Object.assign(
    (thrown: unknown) => {
      const running = owners.getStore()
      if (!isForMe(handle, running)) return
      const owner = running ?? ownerInStack(thrown, log)
      if (owner) {
        onFailure?.(owner, thrown)
        void reportLateFailure(owner, thrown, mapStack)
      } else if (endsProcess) endProcess(log, thrown)
    },
    { gatewayLog: log },
  )
  process.on('uncaughtException', handle)
  process.on('unhandledRejection', handle)
  return () => {
    process.off('uncaughtException', handle)
    process.off('unhandledRejection', handle)
  }
}

type Handler = ((thrown: unknown) => void) & { readonly gatewayLog: Logger }

/** Among the gateways of a process the owner's handles a failure, or else the eldest. */
function isForMe(me: Handler, owner: PluginOwner | null | undefined): boolean {
  const handlers = process.listeners('uncaughtException').filter((listener) => 'gatewayLog' in listener) as Handler[]
  return me === (handlers.find(({ gatewayLog }) => gatewayLog === owner?.gatewayLog) ?? handlers[0])
}

/** Logs what a plugin failed with where nobody catches. */
export async function reportLateFailure(owner: PluginOwner, thrown: unknown, mapStack?: MapStack): Promise<void> {
  const { message } = failure('plugin_failed_late', { plugin: owner.name, reason: textOf(thrown) })
  const raw = inspect(thrown)
  const stack = mapStack ? await mapStack(owner, raw).catch(() => raw) : raw
  owner.log.error({ code: 'plugin_failed_late', err: { message: textOf(thrown), stack } }, message)
}

function endProcess(log: Logger, thrown: unknown): never {
  const { message } = failure('gateway_failed', { reason: textOf(thrown) })
  log.fatal({ code: 'gateway_failed', err: { message: textOf(thrown), stack: inspect(thrown) } }, message)
  log.flush()
  process.exit(1)
}

/** Finds the owner of an error that reached us outside of its context: a listener on somebody else's emitter. */
function ownerInStack(thrown: unknown, log: Logger): PluginOwner | null {
  if (!types.isNativeError(thrown)) return null
  const [script, name] = /postern:([\w.@/-]+)@[0-9a-f]{8}\/plugin\.js/.exec(String(thrown.stack)) ?? []
  if (!script || !name) return null
  return {
    name,
    version: '',
    path: script,
    script,
    number: 0,
    log: log.child({ plugin: name, artifact: script }),
    gatewayLog: log,
  }
}
