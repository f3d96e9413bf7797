import { format, types } from 'node:util'
import { textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Log, LogMethod } from './contract/log.ts'

/**
 * A logger as plugins see it: any number of arguments, all of which appear. Words are joined as `console.log` would
 * join them, an object in front gives the line's fields, and the first error among them becomes its `err`.
 */
export function pluginLog(logger: Logger): Log {
  return {
    trace: method(logger, 'trace'),
    debug: method(logger, 'debug'),
    info: method(logger, 'info'),
    warn: method(logger, 'warn'),
    error: method(logger, 'error'),
    fatal: method(logger, 'fatal'),
  }
}

function method(logger: Logger, level: keyof Log): LogMethod {
  return (...args: unknown[]) => {
    if (logger.isLevelEnabled(level)) write(logger, level, args)
  }
}

function write(logger: Logger, level: keyof Log, args: unknown[]): void {
  const [first, ...rest] = args
  const [fields, words] = isFields(first) ? [first, rest] : [{}, args]
  const err = words.find(types.isNativeError)
  const message = words.length > 0 ? format(...words.map(toWord)) : undefined
  logger[level](err ? { ...fields, err } : fields, message)
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !types.isNativeError(value)
}

function toWord(value: unknown): unknown {
  return types.isNativeError(value) ? textOf(value) : value
}
