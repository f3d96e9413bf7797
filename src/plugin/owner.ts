import { AsyncLocalStorage } from 'node:async_hooks'
import { inspect, types } from 'node:util'
import { failure, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'

/** The artifact that running code belongs to. It outlives the artifact where a late callback holds it, so it holds no code. */
export interface PluginOwner {
  readonly name: string
  readonly version: string
  readonly path: string
  /** Tagged with the three above. */
  readonly log: Logger
  /** The log of the gateway that loaded it. */
  readonly gatewayLog: Logger
}

const owners = new AsyncLocalStorage<PluginOwner | null>()

/**
 * Calls `fn` as `owner`: what it starts, and what fails later in a timer or an unawaited promise, is the owner's. `null`
 * is the gateway itself, for its own code that a plugin calls. About 0.2 µs.
 */
export function runAs<Args extends unknown[], Result>(
  owner: PluginOwner | null,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  return owners.run(owner, fn, ...args)
}

/** Source-maps the stack of an owner's error; see `StackMapper`. */
export type MapStack = (owner: PluginOwner, stack: string) => Promise<string>

/**
 * Handles, for the whole process, what was thrown where nobody catches. A plugin's error is logged in its name, and the
 * process goes on. An error that is no plugin's is logged as fatal and ends the process with status 1.
 *
 * @returns takes the handlers away again.
 */
export function installLateFailureHandlers(log: Logger, mapStack?: MapStack): () => void {
  const handle: Handler = Object.assign(
    (thrown: unknown) => {
      const running = owners.getStore()
      if (!isForMe(handle, running)) return
      const owner = running ?? ownerInStack(thrown, log)
      if (!owner) return endProcess(log, thrown)
      void reportLateFailure(owner, thrown, mapStack)
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
  return { name, version: '', path: script, log: log.child({ plugin: name, artifact: script }), gatewayLog: log }
}
