import type { LoadedArtifact } from '../plugin/loader.ts'
import type { PluginRegistry } from '../plugin/registry.ts'
import type { CompiledApi } from './compile-api.ts'
import type { LoadedDefinition } from './definition/read-texts.ts'
import type { Snapshot } from './snapshot.ts'
import type { CompiledUse } from './step-compiler.ts'

/** What a snapshot serves, by the files of the definitions. */
export function byFile(snapshot: Snapshot): Map<string, CompiledApi> {
  return new Map(snapshot.apis.map((api) => [api.file, api]))
}

/**
 * The APIs that a reload would make the same again: nothing that they were made of has changed, and all of it could be had. They
 * are carried over as they are, so that a reload takes as long as what has changed, not as what there is.
 */
export class UnchangedApis {
  readonly #before: ReadonlyMap<string, CompiledApi>
  readonly #registry: Pick<PluginRegistry, 'isUpToDate'>
  /** By artifact: many APIs may use one. */
  readonly #upToDate = new Map<LoadedArtifact, Promise<boolean>>()

  constructor(previous: Snapshot, registry: Pick<PluginRegistry, 'isUpToDate'>) {
    this.#before = byFile(previous)
    this.#registry = registry
  }

  /** What the definition in a file was read as, if its text now is no reason to read it anew, nor anything else. */
  async find(file: string, text: string): Promise<LoadedDefinition | null> {
    const before = this.#before.get(file)
    if (!before?.loaded.settled || before.loaded.text !== text) return null
    for (const use of before.uses) if (!(await this.#isUpToDate(use))) return null
    return before.loaded
  }

  async #isUpToDate({ file, isolation, loaded }: CompiledUse): Promise<boolean> {
    if (loaded === null) return false
    let upToDate = this.#upToDate.get(loaded)
    if (!upToDate) {
      upToDate = this.#registry.isUpToDate(file, isolation, loaded)
      this.#upToDate.set(loaded, upToDate)
    }
    return await upToDate
  }
}
