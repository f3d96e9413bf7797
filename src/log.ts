import { type DestinationStream, type Logger, pino } from 'pino'
import { LogWriter } from './log/log-writer.ts'
import { standardOutput } from './log/standard-output.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  /** pino's level names: trace, debug, info, warn, error, fatal, silent. */
  level: string
  /** `json`, `pretty`, or `auto`: pretty in a terminal. */
  format: 'auto' | 'json' | 'pretty'
  /** Where lines go; standard output unless given. */
  destination?: DestinationStream
}

/** The levels, the least severe first. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type Level = (typeof levels)[number]

export function isLevel(value: unknown): value is Level {
  return (levels as readonly unknown[]).includes(value)
}

/**
 * The gateway's logger. One object per line; the time is ISO 8601, the level a name. Children have the level of the logger
 * they come from, also when that changes later.
 */
export async function openLog({ level, format, destination }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describe },
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, destination ?? (await openOutput(format)))
}

/** Standard output is one, however many logs a process has. */
const writers = new Map<boolean, LogWriter>()

async function openOutput(format: LogOptions['format']): Promise<LogWriter> {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  const toText = isPretty ? await prettyFormat() : undefined
  const open = writers.get(isPretty)
  if (open) return open
  const writer = new LogWriter(standardOutput(), { format: toText })
  writers.set(isPretty, writer)
  process.on('exit', () => writer.flushSync())
  return writer
}

async function prettyFormat(): Promise<(line: string) => string> {
  const { isColorSupported, prettyFactory } = await import('pino-pretty')
  return prettyFactory({ ignore: 'pid,hostname', colorize: isColorSupported })
}

function destinationOf(log: Logger): DestinationStream {
  return (log as unknown as Record<symbol, DestinationStream>)[pino.symbols.streamSym] as DestinationStream
}

/** What the log is written to, for those that cannot use the log itself: a file descriptor; -1 where it is none. */
export function descriptorOf(log: Logger): number {
  const destination = destinationOf(log)
  return destination instanceof LogWriter ? destination.fd : -1
}

/** How many lines of the log are lost, since it could not be written. */
export function lostLines(log: Logger): number {
  const destination = destinationOf(log)
  return destination instanceof LogWriter ? destination.lost : 0
}

/**
 * What takes whole lines of JSON, their line feed included, for the log: for lines that are too many to be put together by
 * the logger. Those of one turn of the event loop may be written together.
 */
export function linesInto(log: Logger): (line: string) => void {
  const destination = destinationOf(log)
  return destination instanceof LogWriter ? (line) => destination.writeLater(line) : (line) => destination.write(line)
}

const listeners = new WeakMap<DestinationStream, Set<(level: Level) => void>>()

/** Changes the least severe lines that a log, and every log that comes from it, writes. */
export function setLevel(log: Logger, level: Level): void {
  log.level = level
  for (const listener of listeners.get(destinationOf(log)) ?? []) listener(level)
}

/** Tells `listener` when the level changes; returns what ends that. */
export function onLevelChange(log: Logger, listener: (level: Level) => void): () => void {
  const destination = destinationOf(log)
  const all = listeners.get(destination) ?? new Set()
  listeners.set(destination, all.add(listener))
  return () => void all.delete(listener)
}

/** An error of the catalogue says all in its message; what a line adds is its code, and what caused it. */
function describe(error: Error & { code?: unknown }): object {
  if (!(error instanceof Error)) return error
  if (error.name !== 'PosternError') return pino.stdSerializers.err(error)
  const { code, cause } = error
  return cause instanceof Error ? { code, cause: pino.stdSerializers.err(cause) } : { code }
}
