import { writeSync } from 'node:fs'

/**
 * Why a process had to be ended: what its successor is told, so that it does not run into the same. One line of JSON on
 * the file descriptor that the supervisor has opened for it, since what ends a process may be a thread other than the main
 * one, or happen while the main one hangs.
 */
export interface CrashRecord {
  /** The artifact's name in its stamp; null if no plugin is to blame, or none could be named. */
  readonly plugin: string | null
  /** Its version that is to be kept away, as stacks call it; see `PluginOwner.script`. '' without a plugin. */
  readonly script: string
  /** Where it was at: a file of the plugin's source, if the artifact has a source map. '' if unknown. */
  readonly file: string
  /** Counted from 1; 0 if unknown. */
  readonly line: number
  /** What it did, as the end of a sentence that begins with the plugin: `blocked the event loop for 5000 ms`. */
  readonly reason: string
  /** ISO 8601. */
  readonly at: string
}

/** Where a supervised process writes its record to. */
export const CRASH_FD = 4

/**
 * Ends this process at once, whatever its threads are doing, and leaves a record for the supervisor, if it has one, which
 * starts another. For the main thread, where another cannot be ended: that is why it is SIGKILL and no exit code, for
 * `process.exit` waits for threads.
 */
export function endCrashed(record: CrashRecord): never {
  try {
    if (process.connected) writeSync(CRASH_FD, `${JSON.stringify(record)}\n`)
  } finally {
    process.kill(process.pid, 'SIGKILL')
  }
  // The signal is delivered before the call returns.
  throw new Error('unreachable')
}

/** Reads a record; null if the text is none. */
export function parseCrashRecord(line: string): CrashRecord | null {
  try {
    const record: CrashRecord = JSON.parse(line)
    return typeof record.reason === 'string' && typeof record.at === 'string' ? record : null
  } catch {
    return null
  }
}

/** The culprit and the deed, as a sentence for people without its full stop. */
export function describeCrash({ plugin, file, line, reason }: CrashRecord): string {
  const place = file === '' ? '' : ` at ${file}:${line}`
  return `${plugin === null ? 'something' : `plugin "${plugin}"`} ${reason}${place}`
}
