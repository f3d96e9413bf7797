import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import { isJsonObject } from '../json/json-path.ts'
import { parseJson } from '../json/parse-json.ts'
import { type ReadDefinition, type ReadDefinitionOptions, readDefinition } from './read-definition.ts'
import { ServedApis } from './served-apis.ts'

/** Companions of other formats, which a definition refers to. */
const COMPANION = /-(?:oas|mcp)\.json$/

export interface LoadDefinitionsOptions extends ReadDefinitionOptions {
  /** Where the definitions are, absolute. */
  readonly folder: string
}

export interface LoadedDefinition extends ReadDefinition {
  readonly file: string
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
  const served = new ServedApis()
  const loaded: LoadedDefinition[] = []
  const failed: DefinitionFailure[] = []
  // All at once, since some wait for their bundles.
  for (const read of await Promise.all(files.map((file) => readOne(file, options)))) {
    const refused = 'error' in read ? read : refusedBy(served, read)
    if (refused) failed.push(refused)
    else loaded.push(read as LoadedDefinition)
  }
  const warnings = files.length === 0 ? [`No definition (*.json) in "${folder}"`] : []
  return { loaded, failed, warnings }
}

async function readOne(file: string, options: ReadDefinitionOptions): Promise<LoadedDefinition | DefinitionFailure> {
  let json: unknown
  try {
    json = parseJson(await contentOf(file), file)
    return { file, ...(await readDefinition(json, file, options)) }
  } catch (error) {
    return { file, apiId: apiIdOf(json), error: error as Error }
  }
}

function refusedBy(served: ServedApis, read: LoadedDefinition): DefinitionFailure | null {
  try {
    served.add(read)
    return null
  } catch (error) {
    return { file: read.file, apiId: read.definition.apiId, error: error as Error }
  }
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
