import { failure } from '../errors.ts'
import { type Artifact, scriptName } from './artifact.ts'
import { type CrashRecord, describeCrash } from './crash-record.ts'

/** What made processes before this one end, and how long it is kept away for. */
export interface QuarantineOptions {
  readonly records: readonly CrashRecord[]
  /** In milliseconds, from the crash on. */
  readonly durationMs: number
}

/**
 * Artifacts that are not loaded for a while, because they brought down a process before this one. Not to load them, rather
 * than not to call them, also covers module level code and timers. It holds for one version: a mended one is let in.
 */
export class Quarantine {
  readonly #until = new Map<string, { end: number; record: CrashRecord }>()

  constructor({ records, durationMs }: QuarantineOptions) {
    for (const record of records) {
      if (record.script !== '') this.#until.set(record.script, { end: Date.parse(record.at) + durationMs, record })
    }
  }

  /** @throws plugin_blamed while the artifact is kept away */
  check({ stamp, path }: Artifact): void {
    const found = this.#until.get(scriptName(stamp))
    if (!found || found.end <= Date.now()) return
    const until = new Date(found.end).toISOString()
    throw failure('plugin_blamed', { plugin: stamp.name, path, crash: describeCrash(found.record), until })
  }

  /** Lets everything in. Says whether anything was kept away. */
  lift(): boolean {
    const lifted = this.nextEndMs !== null
    this.#until.clear()
    return lifted
  }

  /** How long until the first artifact may be tried again, in milliseconds; null if none is kept away. */
  get nextEndMs(): number | null {
    const ends = [...this.#until.values()].map(({ end }) => end - Date.now()).filter((left) => left > 0)
    return ends.length > 0 ? Math.min(...ends) : null
  }
}
