import type { Lab } from './lab.ts'
import type { Findings } from './report/results.ts'
import type { OwnServer } from './server.ts'
import type { Settings } from './settings.ts'

/** Something that `npm run bench` measures, and that can be asked for by its name. */
export interface Measurement {
  readonly name: string
  readonly title: string
  /** A name for several, by which they can be asked for together. */
  readonly group?: string
  /** About how many seconds it takes. */
  seconds(settings: Settings): number
  run(stand: Stand): Promise<Findings>
}

/** Where measurements take place, one after the other. */
export interface Stand {
  readonly lab: Lab
  readonly upstream: OwnServer
}

export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`)
}
