import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import type { ApiDefinition } from '../../plugin/contract/api-definition.ts'
import { isJsonObject } from '../json/json-path.ts'
import { parseJson } from '../json/parse-json.ts'
import type { Definition } from './definition.ts'
import { type ReadDefinitionOptions, readDefinition } from './read-definition.ts'
import { ServedApis } from './served-apis.ts'

/** Companions of other formats, which a definition refers to. */
const COMPANION = /-(?:oas|mcp)\.json$/

/** A definition that has not been parsed. */
export interface DefinitionText {
  /** For messages; paths in a definition do not go by it. */
  readonly file: string
  /** @throws `definition_unreadable` */
  readonly read: () => Promise<string>
}

export interface LoadDefinitionsOptions extends ReadDefinitionOptions {
  /** Where the definitions are, absolute. */
  readonly folder: string
}

export interface LoadedDefinition {
  readonly file: string
  readonly definition: Definition
  /** What plugins see: the file's fields and a few defaults, deep-frozen. */
  readonly raw: ApiDefinition
  readonly warnings: readonly string[]
}

export interface DefinitionFailure {
  readonly file: string
  /** `null` where the file does not tell. */
  readonly apiId: string | null
  readonly error: Error
}

export interface LoadedDefinitions {
  /** In the order of their file names. */
  readonly loaded: readonly LoadedDefinition[]
  readonly failed: readonly DefinitionFailure[]
  /** About the folder as a whole. */
  readonly warnings: readonly string[]
}

/**
 * Reads every `*.json` of a folder. A definition that is wrong, or that wants what an earlier one has (its id, its listen path), fails
 * alone.
 *
 * @throws `app_path_unreadable`
 */
export async function loadDefinitions({ folder, ...options }: LoadDefinitionsOptions): Promise<LoadedDefinitions> {
  const files = await definitionFiles(folder)
  const warnings = files.length === 0 ? [`No definition (*.json) in "${folder}"`] : []
  const texts = files.map((file) => ({ file, read: () => contentOf(file) }))
  return { ...(await readDefinitions(texts, options)), warnings }
}

/** Reads definitions, wherever they are kept; each fails alone. */
export async function readDefinitions(
  texts: readonly DefinitionText[],
  options: ReadDefinitionOptions,
): Promise<LoadedDefinitions> {
  const served = new ServedApis()
  const loaded: LoadedDefinition[] = []
  const failed: DefinitionFailure[] = []
  for (const { file, read: readText } of texts) {
    let json: unknown
    try {
      json = parseJson(await readText(), file)
      const read = { file, ...(await readDefinition(json, file, options)) }
      served.add(read)
      loaded.push(read)
    } catch (error) {
      failed.push({ file, apiId: apiIdOf(json), error: error as Error })
    }
  }
  return { loaded, failed, warnings: [] }
}

async function definitionFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && !entry.name.startsWith('.'))
      .filter((entry) => !COMPANION.test(entry.name))
      .map((entry) => join(folder, entry.name))
      .sort()
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw failure('app_path_unreadable', { folder, reason: missing ? 'there is no such folder' : textOf(error) }, error)
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw failure('definition_unreadable', { file, reason: textOf(error) }, error)
  }
}

function apiIdOf(json: unknown): string | null {
  return isJsonObject(json) && typeof json.api_id === 'string' ? json.api_id : null
}
