import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'

/** How long a folder has to be quiet before its artifacts are looked at. */
const QUIET_MS = 50
/** File systems without notifications (network mounts, some container volumes) are looked at this often. */
const POLL_MS = 2000

export interface WatchOptions {
  /** The artifacts that definitions name now, absolute. */
  readonly files: () => ReadonlySet<string>
  /** Whether one of them is another than what was loaded. */
  readonly hasChanged: (file: string) => Promise<boolean>
  /** At least one of them has changed, appeared or gone; awaited before they are looked at again. */
  readonly onChange: (files: readonly string[]) => Promise<unknown>
}

/**
 * Watches artifacts for being replaced. Folders are watched, not files: a watcher of a file goes deaf when another is
 * renamed over it, and never sees the symbolic links of a Kubernetes volume turn.
 */
export class ArtifactWatcher {
  readonly #options: WatchOptions
  readonly #folders = new Map<string, FSWatcher>()
  readonly #poll: NodeJS.Timeout
  #quiet: NodeJS.Timeout | null = null
  #looking = false
  #closed = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#poll = setInterval(() => void this.#look(), POLL_MS)
    this.#poll.unref()
  }

  /** Watches the folders of what definitions name now; call it after every load. */
  follow(): void {
    if (this.#closed) return
    const wanted = new Set([...this.#options.files()].flatMap(foldersOf))
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue
      watcher.close()
      this.#folders.delete(folder)
    }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#watchFolder(folder)
  }

  /** A folder that cannot be watched (it may not exist yet) is left to polling. */
  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stir())
      watcher.on('error', () => {
        watcher.close()
        this.#folders.delete(folder)
      })
      this.#folders.set(folder, watcher)
    } catch {
      this.#folders.delete(folder)
    }
  }

  #stir(): void {
    if (this.#closed) return
    if (this.#quiet) this.#quiet.refresh()
    else this.#quiet = setTimeout(() => void this.#look(), QUIET_MS)
  }

  /** One look at a time; what changes during a look is seen by the next. */
  async #look(): Promise<void> {
    this.#quiet = null
    if (this.#looking) {
      this.#stir()
      return
    }
    this.#looking = true
    await this.#lookOnce().finally(() => {
      this.#looking = false
    })
  }

  async #lookOnce(): Promise<void> {
    const { files, hasChanged, onChange } = this.#options
    const changed: string[] = []
    for (const file of files()) if (await hasChanged(file)) changed.push(file)
    if (changed.length > 0 && !this.#closed) await onChange(changed)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#poll)
    if (this.#quiet) clearTimeout(this.#quiet)
    for (const watcher of this.#folders.values()) watcher.close()
    this.#folders.clear()
  }
}

/** The folder of a file, and the one above it, where a volume's links are turned. */
function foldersOf(file: string): string[] {
  const folder = dirname(file)
  return [folder, dirname(folder)]
}
