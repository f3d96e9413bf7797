import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  /** pino's level names: trace, debug, info, warn, error, fatal, silent. */
  level: string
  /** `json`, `pretty`, or `auto`: pretty in a terminal. */
  format: 'auto' | 'json' | 'pretty'
  /** Where lines go; standard output unless given. */
  destination?: DestinationStream
}

/** The gateway's logger. One object per line; the time is ISO 8601, the level a name. */
export async function openLog({ level, format, destination }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describe },
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (destination) return pino(options, destination)
  if (format === 'pretty' || (format === 'auto' && process.stdout.isTTY)) {
    const { default: pretty } = await import('pino-pretty')
    return pino(options, pretty({ sync: true, ignore: 'pid,hostname' }))
  }
  return pino(options, pino.destination({ fd: 1, sync: true }))
}

/** An error of the catalogue says all in its message; what a line adds is its code, and what caused it. */
function describe(error: Error & { code?: unknown }): object {
  if (!(error instanceof Error)) return error
  if (error.name !== 'PosternError') return pino.stdSerializers.err(error)
  const { code, cause } = error
  return cause instanceof Error ? { code, cause: pino.stdSerializers.err(cause) } : { code }
}
