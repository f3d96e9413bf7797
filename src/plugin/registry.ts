import { textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Version } from '../version.ts'
import { type Artifact, candidatesOf, readArtifact } from './artifact.ts'
import type { KeyValue } from './contract/index.ts'
import { fileState } from './file-state.ts'
import { type IsolationHost, openIsolated } from './isolation/isolated-artifact.ts'
import { type Isolation, placeOf } from './isolation/isolation.ts'
import { type LoadedArtifact, loadArtifact, type PluginHost } from './loader.ts'
import { isOwnSpace } from './own-space.ts'
import type { PluginOwner } from './owner.ts'
import type { Quarantine } from './quarantine.ts'
import type { Onlooker } from './scope/scope.ts'
import type { SigningPolicy } from './signing/check-signature.ts'
import { uploadIn } from './uploads/upload-path.ts'
import { webGlobals } from './web-globals.ts'

/** A version of an artifact that somebody uses; it lives until the last user has released it. */
export interface ArtifactLease {
  readonly loaded: LoadedArtifact
  release(): Promise<void>
}

/** Where artifacts come from, and how they are run. */
export interface ArtifactSource {
  /** The artifact of a file as it is now; two with the same digest are the same version. */
  read(file: string, running: Version, signing: SigningPolicy): Promise<Artifact>
  load(artifact: Artifact, host: PluginHost): LoadedArtifact
  /** Whether an artifact is another one only when its file is. */
  readonly areFiles: boolean
}

export const fromFiles: ArtifactSource = { read: readArtifact, load: loadArtifact, areFiles: true }

export interface RegistryOptions {
  readonly version: Version
  /** Files, unless given. */
  readonly source?: ArtifactSource | undefined
  /** Whose artifacts are loaded. */
  readonly signing: SigningPolicy
  readonly log: Logger
  /** The key-value space of one plugin. */
  readonly kv: (namespace: string) => KeyValue
  /** What is not to be loaded for now. */
  readonly quarantine: Quarantine
  readonly onlooker?: Onlooker | undefined
  /** Is called before an artifact runs in this process. */
  readonly beforeInline?: (() => void) | undefined
  /** What plugins in workers need besides. */
  readonly isolation: Pick<IsolationHost, 'maxPluginBody' | 'onFailedLate' | 'onUnkillable'>
}

/** One version of an artifact that is loaded. */
export interface ArtifactStatus {
  /** The file that definitions name. */
  readonly file: string
  readonly isolation: Isolation
  readonly artifact: Artifact
  readonly loadedAt: Date
  /** Whether new requests get it; one that does not lives until its last request has ended. */
  readonly serving: boolean
}

/** Why the file as it is now is not what serves. */
export interface ArtifactProblem {
  readonly file: string
  readonly isolation: Isolation
  readonly reason: string
  readonly since: Date
}

interface Entry {
  readonly key: string
  readonly file: string
  readonly isolation: Isolation
  /** The two above in one. */
  readonly place: string
  readonly loaded: LoadedArtifact
  readonly loadedAt: Date
  users: number
}

/**
 * The artifacts that are loaded: one instance for each version of a file, whoever uses it, and counted. Uses in workers
 * have an instance of their own for each set of limits.
 */
export class PluginRegistry {
  readonly #options: RegistryOptions
  readonly #source: ArtifactSource
  readonly #entries = new Map<string, Entry>()
  /** The newest version of each file, and isolation, that could be loaded. */
  readonly #newest = new Map<string, Entry>()
  readonly #problems = new Map<string, ArtifactProblem>()
  /** What each file was when it was last read. Uploads have none: what changes them asks for a reload. */
  readonly #states = new Map<string, string>()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#source = options.source ?? fromFiles
  }

  /**
   * Loads the artifact of a file, or shares it if it is loaded and has not changed. A changed file that cannot be
   * loaded leaves the version before it in use, and says why in the log, once.
   */
  async acquire(file: string, isolation: Isolation = 'inline'): Promise<ArtifactLease> {
    const place = placeOf(file, isolation)
    if (uploadIn(file) === null) this.#states.set(file, await this.#stateNow(file))
    try {
      const { version, signing, quarantine } = this.#options
      const artifact = await this.#source.read(file, version, signing)
      quarantine.check(file, artifact)
      const entry = await this.#open(file, artifact, isolation)
      this.#problems.delete(place)
      return this.#lease(entry)
    } catch (error) {
      const newest = this.#usable(this.#newest.get(place))
      this.#note(file, isolation, error, newest !== undefined)
      if (!newest) throw error
      return this.#lease(newest)
    }
  }

  /**
   * Runs an artifact beside what serves, as `acquire` would, for who wants to know whether that goes well. Who asks disposes it.
   *
   * @throws `plugin_blamed`, and what the loader throws
   */
  async try(artifact: Artifact, isolation: Isolation): Promise<LoadedArtifact> {
    this.#options.quarantine.check(artifact.path, artifact)
    return await this.#load(artifact, isolation)
  }

  /** What another process had to be ended for is not usable here any more either. */
  #usable(entry: Entry | undefined): Entry | undefined {
    return entry && !this.#options.quarantine.keeps(entry.loaded.artifact) ? entry : undefined
  }

  #note(file: string, isolation: Isolation, error: unknown, kept: boolean): void {
    const reason = textOf(error)
    const place = placeOf(file, isolation)
    if (this.#problems.get(place)?.reason === reason) return
    this.#problems.set(place, { file, isolation, reason, since: new Date() })
    if (kept) this.#options.log.error({ err: error, path: file }, `${reason}; the version before it stays in use`)
  }

  #stateNow(file: string): Promise<string> {
    return fileState(candidatesOf(file, this.#options.version))
  }

  /** Whether a file is another than when it was last read. */
  async hasChanged(file: string): Promise<boolean> {
    return this.#states.has(file) && this.#states.get(file) !== (await this.#stateNow(file))
  }

  /** Whether an artifact is what would be loaded from its file now. Of artifacts that are no files nobody knows. */
  async isUpToDate(file: string, isolation: Isolation, loaded: LoadedArtifact): Promise<boolean> {
    const place = placeOf(file, isolation)
    if (!this.#source.areFiles || this.#problems.has(place) || !this.#usable(this.#newest.get(place))) return false
    return this.#newest.get(place)?.loaded === loaded && this.#states.has(file) && !(await this.hasChanged(file))
  }

  /** The files that anybody has asked for since {@link forgetOthers}. */
  get files(): ReadonlySet<string> {
    return new Set(this.#states.keys())
  }

  /** Forgets files that no definition names any more. */
  forgetOthers(named: ReadonlySet<string>): void {
    for (const file of this.#states.keys()) if (!named.has(file)) this.#states.delete(file)
    for (const [place, { file }] of this.#problems) if (!named.has(file)) this.#problems.delete(place)
  }

  /** What is loaded, and what could not be. */
  status(): { artifacts: ArtifactStatus[]; problems: ArtifactProblem[] } {
    const artifacts = [...this.#entries.values()].map((entry) => ({
      file: entry.file,
      isolation: entry.isolation,
      artifact: entry.loaded.artifact,
      loadedAt: entry.loadedAt,
      serving: this.#newest.get(entry.place) === entry,
    }))
    return { artifacts, problems: [...this.#problems.values()] }
  }

  /** The artifact that an owner's code belongs to, as long as it is loaded. */
  artifactOf(owner: PluginOwner): Artifact | undefined {
    for (const { loaded } of this.#entries.values()) if (loaded.owner.number === owner.number) return loaded.artifact
    return undefined
  }

  async #open(file: string, artifact: Artifact, isolation: Isolation): Promise<Entry> {
    const place = placeOf(file, isolation)
    // The whole stamp: the same code may be stamped or signed anew, with other permissions.
    const key = `${place} ${artifact.signedBy} ${JSON.stringify(artifact.stamp)}`
    let entry = this.#entries.get(key)
    if (!entry) {
      const loaded = await this.#load(artifact, isolation)
      entry = { key, file, isolation, place, loaded, loadedAt: new Date(), users: 0 }
      this.#entries.set(key, entry)
    }
    this.#newest.set(place, entry)
    return entry
  }

  #load(artifact: Artifact, isolation: Isolation): LoadedArtifact | Promise<LoadedArtifact> {
    const { log, kv, onlooker, isolation: more } = this.#options
    const host = { log, kv: kv(namespaceOf(artifact)) }
    if (isolation === 'inline') {
      this.#options.beforeInline?.()
      return this.#source.load(artifact, { ...host, globals: webGlobals, ...(onlooker && { onlooker }) })
    }
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
    if (this.#newest.get(entry.place) === entry) this.#replaceNewest(entry.place)
    await entry.loaded.dispose()
  }

  /** The newest version is gone (what wanted it could not be built): the one before it is the newest again. */
  #replaceNewest(place: string): void {
    const before = [...this.#entries.values()].findLast((entry) => entry.place === place)
    if (before) this.#newest.set(place, before)
    else this.#newest.delete(place)
  }
}

/**
 * Plugins without a name of their own (no package.json) are kept apart by where they are. So is one whose name would lead it to what
 * the gateway itself keeps.
 */
function namespaceOf({ path, stamp: { name, version } }: Artifact): string {
  return version === '0.0.0' || isOwnSpace(name) ? `${name} ${path}` : name
}
