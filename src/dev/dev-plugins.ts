import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Artifact, readArtifact } from '../plugin/artifact.ts'
import { type LoadedArtifact, loadArtifact, type PluginHost } from '../plugin/loader.ts'
import type { ArtifactSource } from '../plugin/registry.ts'
import type { SigningPolicy } from '../plugin/signing/check-signature.ts'
import { isDebugged } from '../plugin/watchdog.ts'
import type { Version } from '../version.ts'
import { debuggable } from './debuggable.ts'

/**
 * The plugin under development, in the place of every artifact that its definition names. Where another artifact lies at
 * such a path, it is that one.
 */
export class DevPlugins implements ArtifactSource {
  readonly areFiles = false
  readonly #folder: string
  #current: Artifact | null = null
  #problem: unknown = null

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The newest build; null as long as none has succeeded. */
  get current(): Artifact | null {
    return this.#current
  }

  /** From the next load on this is the plugin. */
  replace(artifact: Artifact): void {
    this.#current = artifact
  }

  /** Notes why there is no plugin yet. */
  refuse(problem: unknown): void {
    this.#problem = problem
  }

  async read(file: string, running: Version, signing: SigningPolicy): Promise<Artifact> {
    const isOther = file !== join(this.#folder, 'plugin.js') && existsSync(file)
    if (isOther) return await readArtifact(file, running, signing)
    if (this.#current === null) throw this.#problem
    return { ...this.#current, path: file }
  }

  load(artifact: Artifact, host: PluginHost): LoadedArtifact {
    const isPlugin = artifact.stamp.sha256 === this.#current?.stamp.sha256
    if (!isPlugin || !isDebugged()) return loadArtifact(artifact, host)
    return { ...loadArtifact(debuggable(artifact, this.#folder), host), artifact }
  }
}
