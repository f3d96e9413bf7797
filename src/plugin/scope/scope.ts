import type { Logger } from '../../log.ts'
import * as contract from '../contract/index.ts'
import type { PluginOwner } from '../owner.ts'
import { pluginLog } from '../plugin-log.ts'
import { openConsole } from './console.ts'
import { openProcess } from './process.ts'
import { openRequire, type Require } from './require.ts'
import { openTimers } from './timers.ts'

/** What the gateway lends to a plugin. */
export interface PluginHost {
  readonly log: Logger
  /** The plugin's own part of the store: the gateway keeps the keys of plugins apart. */
  readonly kv: contract.KeyValue
  /** Further globals of the plugin: `Request`, `Response`, `Headers`, `fetch`. Node's own where they are missing. */
  readonly globals?: Readonly<Record<string, unknown>>
  /** Is told which versions run here, before they do. */
  readonly onlooker?: Onlooker
}

/** Who looks on as artifacts run. */
export interface Onlooker {
  know(owner: PluginOwner): void
  forget(owner: PluginOwner): void
}

/** What one version of an artifact sees around itself. */
export interface Scope {
  readonly require: Require
  /** Stand-ins for globals, by name. */
  readonly globals: Readonly<Record<string, unknown>>
  /** Stops what the artifact left running. */
  close(): void
}

// The parts of the contract that are not made anew for each artifact.
for (const part of [contract.ctx, contract.headers, contract.definePlugin]) Object.freeze(part)

/**
 * Builds the surroundings of an artifact. They keep it from harming the gateway by accident, end what it started when
 * its version ends, and name it in the log; they are no sandbox.
 */
export function openScope(owner: PluginOwner, host: PluginHost): Scope {
  const timers = openTimers()
  const { process, close: closeProcess } = openProcess(owner)
  const console = openConsole(owner.log)
  const log = Object.freeze(pluginLog(owner.log))
  const shared = Object.freeze({ ...contract, log: Object.freeze({ get: () => log }), kv: lent(host.kv) })
  const modules = new Map(Object.entries({ ...timers.modules, process, console, 'postern/plugin': shared }))
  return {
    require: openRequire(owner.name, modules),
    globals: { process, console, ...timers.globals, ...host.globals },
    close() {
      timers.close()
      closeProcess()
    },
  }
}

function lent(kv: contract.KeyValue): contract.KeyValue {
  return Object.freeze({
    get: <T>(key: string) => kv.get<T>(key),
    set: (...args: Parameters<contract.KeyValue['set']>) => kv.set(...args),
    delete: (key: string) => kv.delete(key),
    increment: (...args: Parameters<contract.KeyValue['increment']>) => kv.increment(...args),
  })
}
