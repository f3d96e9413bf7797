import { type FSWatcher, globSync, watch } from 'node:fs'
import { join } from 'node:path'
import { fileState } from '../plugin/file-state.ts'

/** How long a folder has to be quiet before it is looked at: editors write a file in several steps. */
const QUIET_MS = 15
/** File systems without notifications (network mounts, some container volumes) are looked at this often. */
const POLL_MS = 1000

const SOURCES = '**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx,json}'
const FOREIGN = new Set(['node_modules', '.git', '.postern'])

/** Watches the sources of a plugin. */
export class SourceWatcher {
  readonly #folder: string
  readonly #onChange: () => Promise<void>
  readonly #watcher: FSWatcher
  readonly #poll: NodeJS.Timeout
  #quiet: NodeJS.Timeout | null = null
  #state = ''
  #looking: Promise<void> | null = null
  #closed = false

  /** @param onChange awaited before the sources are looked at again; it never rejects */
  constructor(folder: string, onChange: () => Promise<void>) {
    this.#folder = folder
    this.#onChange = onChange
    this.#watcher = watch(folder, { recursive: true }, () => this.#stir())
    // A folder that has gone in between; polling goes on.
    this.#watcher.on('error', () => {})
    this.#poll = setInterval(() => this.#look(), POLL_MS)
  }

  /** Takes the sources as they are for known. */
  async begin(): Promise<void> {
    this.#state = await this.#stateNow()
  }

  #stir(): void {
    if (this.#closed) return
    if (this.#quiet) this.#quiet.refresh()
    else this.#quiet = setTimeout(() => this.#look(), QUIET_MS)
  }

  #look(): void {
    if (this.#quiet) clearTimeout(this.#quiet)
    this.#quiet = null
    if (this.#looking) return
    this.#looking = this.#lookOnce().finally(() => {
      this.#looking = null
    })
  }

  /** What changes while the last change is dealt with is seen by another look. */
  async #lookOnce(): Promise<void> {
    for (let state = await this.#stateNow(); state !== this.#state && !this.#closed; state = await this.#stateNow()) {
      this.#state = state
      await this.#onChange()
    }
  }

  #stateNow(): Promise<string> {
    const files = globSync(SOURCES, { cwd: this.#folder, exclude: (name) => FOREIGN.has(name) })
    return fileState(files.sort().map((name) => join(this.#folder, name)))
  }

  /** Stops, and waits for a change that is being dealt with. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#poll)
    if (this.#quiet) clearTimeout(this.#quiet)
    this.#watcher.close()
    await this.#looking
  }
}
