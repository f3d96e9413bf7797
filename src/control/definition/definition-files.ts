import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { failure, isFailure } from '../../errors.ts'
import type { JsonObject } from '../../json/json-path.ts'
import { randomId } from '../../session/keys/key-text.ts'
import type { ReloadFailure } from '../reload.ts'
import { deleteFile, isFileName, replaceFile, Turns } from '../replace-file.ts'
import { isCompanion } from './load.ts'
import { type ReadDefinitionOptions, readDefinition } from './read-definition.ts'
import { type LoadedDefinition, sourceOf } from './read-texts.ts'
import { ServedApis } from './served-apis.ts'

export interface DefinitionFilesOptions {
  /** Where definitions are, absolute; null where they come from elsewhere. */
  readonly folder: string | null
  readonly options: () => ReadDefinitionOptions
  /** What serves. */
  readonly loaded: () => readonly LoadedDefinition[]
  /** What did not load. */
  readonly failed: () => readonly ReloadFailure[]
}

/** The definitions, for those who administer them: what is read is what is loaded, what is written is loaded at the next reload. */
export class DefinitionFiles {
  readonly #options: DefinitionFilesOptions
  readonly #turns = new Turns()

  constructor(options: DefinitionFilesOptions) {
    this.#options = options
  }

  /** Those that are loaded, as their files have them. */
  all(): readonly JsonObject[] {
    return this.#options.loaded().map(sourceOf)
  }

  find(id: string): LoadedDefinition | undefined {
    return this.#options.loaded().find(({ definition }) => definition.apiId === id)
  }

  /** The API that has this one for one of its versions. */
  baseOf(id: string): string | undefined {
    const base = this.#options.loaded().find(({ definition: { apiId, versioning } }) => {
      const versions = [...(versioning?.versions.values() ?? [])]
      return apiId !== id && versions.some((version) => typeof version === 'object' && version.apiId === id)
    })
    return base?.definition.apiId
  }

  /**
   * Writes a new one.
   *
   * @returns its id, which is a new one where it has none
   * @throws `api_invalid`, `api_id_taken`, `admin_id_unfit`, `apis_not_writable`, `admin_file_not_written`
   */
  add(json: JsonObject): Promise<string> {
    return this.#turns.take(async () => {
      const id = typeof json.api_id === 'string' && json.api_id !== '' ? json.api_id : randomId()
      const file = this.#newFile(id)
      if (this.#fileOf(id) !== undefined) throw failure('api_id_taken', undefined)
      await this.#write(file, { ...json, api_id: id })
      return id
    })
  }

  /** @throws `api_not_found`, and as `add` */
  replace(id: string, json: JsonObject): Promise<void> {
    return this.#turns.take(async () => {
      const file = this.#fileOf(id)
      if (file === undefined) throw failure('api_not_found', undefined)
      await this.#write(file, json)
    })
  }

  /** @throws `api_not_found`, `apis_not_writable`, `admin_file_not_deleted` */
  remove(id: string): Promise<void> {
    return this.#turns.take(async () => {
      const file = this.#fileOf(id)
      if (file === undefined) throw failure('api_not_found', undefined)
      await deleteFile(file)
    })
  }

  /** The file of an id that is loaded, has failed to, or has been written since. */
  #fileOf(id: string): string | undefined {
    const { loaded, failed } = this.#options
    const files = [
      loaded().find(({ definition }) => definition.apiId === id)?.file,
      failed().find(({ kind, apiId }) => kind === 'definition' && apiId === id)?.file,
      isFileName(id) ? this.#newFile(id) : undefined,
    ]
    return files.find((file) => file !== undefined && existsSync(file))
  }

  #newFile(id: string): string {
    if (this.#options.folder === null) throw failure('apis_not_writable', undefined)
    const name = `${id}.json`
    if (!isFileName(id) || isCompanion(name)) throw failure('admin_id_unfit', undefined)
    return join(this.#options.folder, name)
  }

  async #write(file: string, json: JsonObject): Promise<void> {
    if (this.#options.folder === null) throw failure('apis_not_writable', undefined)
    await this.#check(file, json)
    await replaceFile(file, `${JSON.stringify(json, null, 2)}\n`)
  }

  /** Whether it would load, beside the others that are loaded. */
  async #check(file: string, json: JsonObject): Promise<void> {
    try {
      const read = await readDefinition(json, file, this.#options.options())
      const served = new ServedApis()
      for (const other of this.#options.loaded()) if (other.file !== file) served.add(other)
      served.add({ file, ...read })
    } catch (error) {
      throw isFailure(error, 'definition_invalid') ? failure('api_invalid', { problems: error.problems }, error) : error
    }
  }
}
