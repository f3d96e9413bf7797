/** One log method: a message, or an object of fields followed by a message. Further arguments are appended. */
export interface LogMethod {
  (message: string, ...rest: unknown[]): void
  (fields: object, message?: string, ...rest: unknown[]): void
}

/** The gateway's logger as a plugin sees it. Every line carries the plugin's name and version. */
export interface Log {
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
}

/**
 * The gateway's logging system.
 *
 * @example
 * import { log } from 'postern/plugin'
 * const logger = log.get()
 * logger.info('ready')
 */
export interface LogAccess {
  /** The logger, tagged with the plugin's artifact. Inside a request, `c.var.log` also carries API and request id. */
  get(): Log
}

/** Outside of a gateway (a unit test at a desk) this writes to the console; the loader puts the gateway's in its place. */
export const log: LogAccess = {
  get: () => ({
    trace: console.debug,
    debug: console.debug,
    info: console.info,
    warn: console.warn,
    error: console.error,
    fatal: console.error,
  }),
}
