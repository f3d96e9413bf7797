/**
 * `postern/plugin` for plugins that a test imports as modules. They share it, so what belongs to one plugin is found by who
 * runs; an artifact has its own.
 */
import { kv as deskKv, log as deskLog, type KeyValue, type Log } from '../plugin/contract/index.ts'
import { runningOwner } from '../plugin/owner.ts'
import { pluginLog } from '../plugin/plugin-log.ts'
import { isModuleOwner } from './module-plugin.ts'

export * from '../plugin/contract/index.ts'

function ownKv(): KeyValue {
  const owner = runningOwner()
  return isModuleOwner(owner) ? owner.kv : deskKv
}

export const kv: KeyValue = {
  get: (key) => ownKv().get(key),
  set: (key, value, options) => ownKv().set(key, value, options),
  delete: (key) => ownKv().delete(key),
  increment: (key, by, options) => ownKv().increment(key, by, options),
}

/** A module's code runs before there is a gateway, so the logger finds out at each line whose it is. */
function write(level: keyof Log): Log['info'] {
  return (...args: unknown[]) => {
    const owner = runningOwner()
    const log = owner ? pluginLog(owner.log) : deskLog.get()
    log[level](...(args as [string]))
  }
}

const ownLog: Log = {
  trace: write('trace'),
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
  fatal: write('fatal'),
}

export const log = { get: (): Log => ownLog }
