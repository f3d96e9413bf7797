import type { Debugger, InspectorNotification } from 'node:inspector'
import type { CrashRecord } from './crash-record.ts'

/** What the watchdog's thread is started with. */
export interface WatchdogData {
  /** Counted up by the main thread as long as its event loop turns. */
  readonly beat: Int32Array
  /** The number of the owner whose code the main thread runs; see `running` of owner.ts. */
  readonly running: Int32Array
  /** How often the thread looks, in milliseconds. */
  readonly tickMs: number
  /** After how long it looks who blocks the event loop, and reports it. */
  readonly lookMs: number
  /** 0 if the process is never to be ended. */
  readonly killMs: number
  /** Where a crash record goes. */
  readonly recordFd: number
  /** The file descriptor of the log; -1 if the line is not to be written. */
  readonly logFd: number
  /** The line's text, with `{culprit}`, `{place}` and `{ms}` to be filled in. */
  readonly template: string
  /** Whether the log is for people's eyes. */
  readonly pretty: boolean
}

/** The beat of a process that a debugger is attached to. */
export const DEBUGGED = -1

/** A version of an artifact that is loaded, or (`path` null) no longer is. */
export interface WatchedArtifact {
  readonly number: number
  readonly name: string
  readonly script: string
  readonly path: string | null
}

/**
 * The code of the watchdog's thread. It runs as the text of this function, so that a bundle of one file needs no second one
 * for it. It may therefore use nothing from outside, and no named function inside, for which a bundler that keeps names would
 * call its own; that is also why it is one long function.
 */
export function watchEventLoop(): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads')
  const { SourceMap } = process.getBuiltinModule('node:module')
  const { Session } = process.getBuiltinModule('node:inspector')
  const { readFileSync, writeSync } = process.getBuiltinModule('node:fs')
  const data: WatchdogData = workerData
  const artifacts = new Map<number, WatchedArtifact>()
  const state = { beat: -1, silentMs: 0, looked: false, culprit: null as Omit<CrashRecord, 'reason' | 'at'> | null }

  parentPort?.on('message', (artifact: WatchedArtifact) => {
    if (artifact.path === null) artifacts.delete(artifact.number)
    else artifacts.set(artifact.number, artifact)
  })

  const act = {
    /** Counts its own ticks, not the time: a process that was stopped, or a machine asleep, has no blocked event loop. */
    tick() {
      const beat = data.beat[0] as number
      // A debugger's breakpoint is no fault: see DEBUGGED.
      state.silentMs = beat === state.beat && beat >= 0 ? state.silentMs + data.tickMs : 0
      state.beat = beat
      if (state.silentMs === 0) state.looked = false
      if (state.silentMs >= data.lookMs && !state.looked) act.look()
      if (data.killMs > 0 && state.silentMs >= data.killMs) act.kill()
    },

    /** Stops the main thread where it is, reads its stack, and lets it go on. It is not called back while V8 does not let it. */
    look() {
      state.looked = true
      state.culprit = null
      const session = new Session()
      const urls = new Map<string, string>()
      session.connectToMainThread()
      session.on('Debugger.scriptParsed', ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => {
        urls.set(params.scriptId, params.url)
      })
      session.on('Debugger.paused', ({ params }: InspectorNotification<Debugger.PausedEventDataType>) => {
        const frames = params.callFrames.map(({ location }) => ({ ...location, url: urls.get(location.scriptId) ?? '' }))
        session.post('Debugger.resume')
        session.disconnect()
        state.culprit = act.blame(frames.find(({ url }) => url.startsWith('postern:')) ?? frames[0])
        act.report(state.culprit)
      })
      session.post('Debugger.enable')
      session.post('Debugger.pause')
    },

    /** Whose code a place belongs to, and where that is in its source. */
    blame(frame?: Debugger.Location & { url: string }) {
      if (!frame) return { plugin: null, script: '', file: '', line: 0 }
      const { url, lineNumber, columnNumber = 0 } = frame
      const [script, plugin] = /^postern:([\w.@/-]+)@[0-9a-f]{8}\/plugin\.js$/.exec(url) ?? []
      const place = script === undefined ? null : act.origin(script, lineNumber, columnNumber)
      return { plugin: plugin ?? null, script: script ?? '', file: url, line: lineNumber + 1, ...place }
    },

    /** The place in the plugin's source, if the artifact's file is still that of the version that runs. */
    origin(script: string, line: number, column: number) {
      try {
        const { path } = [...artifacts.values()].find((artifact) => artifact.script === script) ?? {}
        const text = readFileSync(path ?? '', 'utf8')
        const [, digest] = /@([0-9a-f]{8})\//.exec(script) ?? []
        if (!text.slice(0, text.indexOf('\n')).includes(`"sha256":"${digest}`)) return null
        const map = text.slice(text.lastIndexOf('base64,') + 'base64,'.length)
        const entry = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString())).findEntry(line, column)
        return 'originalSource' in entry ? { file: entry.originalSource, line: entry.originalLine + 1 } : null
      } catch {
        return null
      }
    },

    /** The plugin whose code was entered and not left: all that is known where V8 does not look up from its loop. */
    guess() {
      const artifact = artifacts.get(data.running[0] as number)
      return { plugin: artifact?.name ?? null, script: artifact?.script ?? '', file: '', line: 0 }
    },

    report({ plugin, file, line }: Omit<CrashRecord, 'reason' | 'at'>) {
      const culprit = plugin === null ? 'the gateway' : `plugin "${plugin}"`
      const place = file === '' ? 'a place that is not known' : `${file}:${line}`
      const msg = data.template
        .replace('{culprit}', () => culprit)
        .replace('{place}', () => place)
        .replace('{ms}', `${state.silentMs}`)
      const time = new Date().toISOString()
      const text = data.pretty
        ? `[${time}] ERROR: ${msg}`
        : JSON.stringify({ level: 'error', time, code: 'event_loop_blocked', plugin, file, line, msg })
      try {
        if (data.logFd >= 0) writeSync(data.logFd, `${text}\n`)
      } catch {
        // A log that takes no more must not keep the process alive.
      }
    },

    kill() {
      const culprit = state.culprit ?? act.guess()
      if (state.culprit === null) act.report(culprit)
      const reason = `blocked the event loop for ${state.silentMs} ms`
      try {
        writeSync(data.recordFd, `${JSON.stringify({ ...culprit, reason, at: new Date().toISOString() })}\n`)
      } finally {
        process.kill(process.pid, 'SIGKILL')
      }
    },
  }
  setInterval(act.tick, data.tickMs)
}
