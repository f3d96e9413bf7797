import { failure } from '../errors.ts'
import type { Artifact } from './artifact.ts'
import { type CrashRecord, describeCrash } from './crash-record.ts'
import { scriptName } from './script-name.ts'

/** What made processes end, and how long it is kept away for. */
export interface QuarantineOptions {
  readonly records: readonly CrashRecord[]
  /** In milliseconds, from the crash on. */
  readonly durationMs: number
}

/**
 * Artifacts that are not loaded for a while, because they brought down a process: one before this one, or beside it. Not to load them, rather
 * than not to call them, also covers module level code and timers. It holds for one version: a mended one is let in.
 */
export class Quarantine {
  /** What is kept away, by script; which files it was found in; and until when. */
  readonly #kept = new Map<string, { record: CrashRecord; files: Set<string>; end: number }>()
  readonly #durationMs: number

  constructor({ records, durationMs }: QuarantineOptions) {
    this.#durationMs = durationMs
    for (const record of records) this.add(record)
  }

  /** Another process had to be ended. Says whether there is a plugin to blame; what is loaded of it goes with the next reload. */
  add(record: CrashRecord): boolean {
    if (record.script === '') return false
    this.#kept.set(record.script, { record, files: new Set(), end: Date.parse(record.at) + this.#durationMs })
    return true
  }

  /** Whether an artifact is kept away. */
  keeps({ stamp }: Artifact): boolean {
    const found = this.#kept.get(scriptName(stamp))
    return found !== undefined && found.end > Date.now()
  }

  /**
   * @param file what definitions name the artifact by
   * @throws plugin_blamed while the artifact is kept away
   */
  check(file: string, { stamp }: Artifact): void {
    const found = this.#kept.get(scriptName(stamp))
    if (!found || found.end <= Date.now()) return
    found.files.add(file)
    const until = new Date(found.end).toISOString()
    throw failure('plugin_blamed', { plugin: stamp.name, path: file, crash: describeCrash(found.record), until })
  }

  /** Lets the artifact of a file in. Says whether it was kept away. */
  lift(file: string): boolean {
    for (const [script, { files }] of this.#kept) if (files.has(file)) return this.#kept.delete(script)
    return false
  }

  /** How long until the first artifact may be tried again, in milliseconds; null if none is kept away. */
  get nextEndMs(): number | null {
    const ends = [...this.#kept.values()].map(({ end }) => end - Date.now()).filter((left) => left > 0)
    return ends.length > 0 ? Math.min(...ends) : null
  }
}
