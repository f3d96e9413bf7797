import type { Logger } from '../log.ts'
import type { Version } from '../version.ts'
import { type Artifact, readArtifact } from './artifact.ts'
import type { KeyValue } from './contract/index.ts'
import { type IsolationHost, openIsolated } from './isolation/isolated-artifact.ts'
import { type Isolation, isolationKey } from './isolation/isolation.ts'
import { type LoadedArtifact, loadArtifact } from './loader.ts'
import type { PluginOwner } from './owner.ts'
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
  /** What plugins in workers need besides. */
  readonly isolation: Pick<IsolationHost, 'maxPluginBody' | 'onFailedLate' | 'onUnkillable'>
}

interface Entry {
  readonly key: string
  /** The file and the isolation that it is for. */
  readonly place: string
  readonly loaded: LoadedArtifact
  users: number
}

/**
 * The artifacts that are loaded: one instance for each version of a file, whoever uses it, and counted. Uses in workers
 * have an instance of their own for each set of limits.
 */
export class PluginRegistry {
  readonly #options: RegistryOptions
  readonly #entries = new Map<string, Entry>()
  /** The newest version of each file, and isolation, that could be loaded. */
  readonly #newest = new Map<string, Entry>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  /**
   * Loads the artifact of a file, or shares it if it is loaded and has not changed. A changed file that cannot be
   * loaded leaves the version before it in use, and says why in the log.
   */
  async acquire(file: string, isolation: Isolation = 'inline'): Promise<ArtifactLease> {
    const place = `${file} ${isolationKey(isolation)}`
    try {
      const artifact = await readArtifact(file, this.#options.version)
      return this.#lease(await this.#open(place, artifact, isolation))
    } catch (error) {
      const newest = this.#newest.get(place)
      if (!newest) throw error
      this.#options.log.error({ err: error, path: file }, `${(error as Error).message}; the version before it stays in use`)
      return this.#lease(newest)
    }
  }

  /** The artifact that an owner's code belongs to, as long as it is loaded. */
  artifactOf(owner: PluginOwner): Artifact | undefined {
    for (const { loaded } of this.#entries.values()) if (loaded.owner === owner) return loaded.artifact
    return undefined
  }

  async #open(place: string, artifact: Artifact, isolation: Isolation): Promise<Entry> {
    const key = `${place} ${artifact.stamp.sha256}`
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { key, place, loaded: await this.#load(artifact, isolation), users: 0 }
      this.#entries.set(key, entry)
    }
    this.#newest.set(place, entry)
    return entry
  }

  #load(artifact: Artifact, isolation: Isolation): LoadedArtifact | Promise<LoadedArtifact> {
    const { log, kv, isolation: more } = this.#options
    const host = { log, kv: kv(artifact.stamp.name) }
    if (isolation === 'inline') return loadArtifact(artifact, { ...host, globals: webGlobals })
    return openIsolated(artifact, isolation, { ...host, ...more })
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
    if (this.#newest.get(entry.place) === entry) this.#newest.delete(entry.place)
    await entry.loaded.dispose()
  }
}
