import type { Logger } from '../log.ts'
import type { Version } from '../version.ts'
import { type Artifact, readArtifact } from './artifact.ts'
import type { KeyValue } from './contract/index.ts'
import { type LoadedArtifact, loadArtifact } from './loader.ts'
import type { PluginOwner } from './owner.ts'
import type { Quarantine } from './quarantine.ts'
import type { Watch } from './scope/scope.ts'
import { webGlobals } from './web-globals.ts'

/** A version of an artifact that somebody uses; it lives until the last user has released it. */
export interface ArtifactLease {
  readonly loaded: LoadedArtifact
  release(): Promise<void>
}

export interface RegistryOptions {
  readonly version: Version
  readonly log: Logger
  /** The key-value space of one plugin. */
  readonly kv: (namespace: string) => KeyValue
  /** What is not to be loaded for now. */
  readonly quarantine: Quarantine
  readonly watch?: Watch | undefined
}

interface Entry {
  readonly key: string
  readonly loaded: LoadedArtifact
  users: number
}

/** The artifacts that are loaded: one instance for each version of a file, whoever uses it, and counted. */
export class PluginRegistry {
  readonly #options: RegistryOptions
  readonly #entries = new Map<string, Entry>()
  /** The newest version of each file that could be loaded. */
  readonly #newest = new Map<string, Entry>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /**
   * Loads the artifact of a file, or shares it if it is loaded and has not changed. A changed file that cannot be
   * loaded leaves the version before it in use, and says why in the log.
   */
  async acquire(file: string): Promise<ArtifactLease> {
    try {
      const artifact = await readArtifact(file, this.#options.version)
      this.#options.quarantine.check(artifact)
      return this.#lease(this.#open(file, artifact))
    } catch (error) {
      const newest = this.#newest.get(file)
      if (!newest) throw error
      this.#options.log.error({ err: error, path: file }, `${(error as Error).message}; the version before it stays in use`)
      return this.#lease(newest)
    }
  }

  /** The artifact that an owner's code belongs to, as long as it is loaded. */
  artifactOf(owner: PluginOwner): Artifact | undefined {
    for (const { loaded } of this.#entries.values()) if (loaded.owner.number === owner.number) return loaded.artifact
    return undefined
  }

  #open(file: string, artifact: Artifact): Entry {
    const key = `${file} ${artifact.stamp.sha256}`
    let entry = this.#entries.get(key)
    if (!entry) {
      const { log, kv, watch } = this.#options
      const host = { log, kv: kv(artifact.stamp.name), globals: webGlobals, ...(watch && { watch }) }
      entry = { key, loaded: loadArtifact(artifact, host), users: 0 }
      this.#entries.set(key, entry)
    }
    this.#newest.set(file, entry)
    return entry
  }

  #lease(entry: Entry): ArtifactLease {
    entry.users += 1
    let released = false
    return {
      loaded: entry.loaded,
      release: async () => {
        if (released) return
        released = true
        await this.#release(entry)
      },
    }
  }

  async #release(entry: Entry): Promise<void> {
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(entry.key)
    for (const [file, newest] of this.#newest) if (newest === entry) this.#newest.delete(file)
    await entry.loaded.dispose()
  }
}
