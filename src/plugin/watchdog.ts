import { url as inspectorUrl } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import { failure } from '../errors.ts'
import { CRASH_FD } from './crash-record.ts'
import { type PluginOwner, running } from './owner.ts'
import type { Onlooker } from './scope/scope.ts'
import { DEBUGGED, type WatchdogData, type WatchedArtifact, watchEventLoop } from './watchdog-thread.ts'

export interface WatchdogOptions {
  /** After how long a blocked event loop is reported, in milliseconds; 0 means never. */
  readonly blockMs: number
  /** After how long the process is ended, with a crash record; 0 means never. */
  readonly killMs: number
  /** How the line is written to the log; null if it is not. */
  readonly logFormat: 'json' | 'pretty' | null
  /** The file descriptor that the log is written to. Default 1. */
  readonly logFd?: number
}

/** Looks on from another thread, to name what blocks the event loop of this one. */
export interface Watchdog extends Onlooker {
  close(): Promise<void>
}

/** The longest pause between two beats, in milliseconds. Ten a second cost 0.3 % of a core. */
const LONGEST_BEAT = 100

/** Opens a watchdog over the thread that calls it, which is to be the main one. */
export function openWatchdog({ blockMs, killMs, logFormat, logFd = 1 }: WatchdogOptions): Watchdog {
  // Who is to be ended has to be looked at before.
  const lookMs = Math.min(blockMs || Number.POSITIVE_INFINITY, killMs / 2 || Number.POSITIVE_INFINITY)
  const tickMs = Math.max(5, Math.min(LONGEST_BEAT, Math.floor(lookMs / 5)))
  const beat = new Int32Array(new SharedArrayBuffer(4))
  const workerData: WatchdogData = {
    beat,
    running,
    tickMs,
    lookMs,
    killMs,
    recordFd: CRASH_FD,
    logFd: logFormat === null || blockMs === 0 ? -1 : logFd,
    template: failure('event_loop_blocked', { culprit: '{culprit}', place: '{place}', ms: '{ms}' }).message,
    pretty: logFormat === 'pretty',
  }
  const thread = new Worker(`(${watchEventLoop})()`, { eval: true, execArgv: [], name: 'postern-watchdog', workerData })
  thread.unref()
  const timer = setInterval(() => {
    beat[0] = isDebugged() ? DEBUGGED : ((beat[0] as number) + 1) & 0x7fffffff
  }, tickMs)
  timer.unref()
  const tell = ({ number, name, script }: PluginOwner, path: string | null) =>
    thread.postMessage({ number, name, script, path } satisfies WatchedArtifact)
  return {
    know: (owner) => tell(owner, owner.path),
    forget: (owner) => tell(owner, null),
    async close() {
      clearInterval(timer)
      await thread.terminate()
    },
  }
}

/** Whether a debugger may stop this process at a breakpoint. */
export function isDebugged(): boolean {
  return inspectorUrl() !== undefined
}
