import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import {
  type DefinitionFailure,
  type DefinitionText,
  type LoadedDefinition,
  type Outcome,
  type ReadTextsOptions,
  readTexts,
} from './read-texts.ts'
import { ServedApis } from './served-apis.ts'

/** Whether a file is of another format, and only referred to by a definition. */
export function isCompanion(name: string): boolean {
  return /-(?:oas|mcp)\.json$/.test(name)
}

export interface LoadDefinitionsOptions extends ReadTextsOptions {
  /** Where the definitions are, absolute. */
  readonly folder: string
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
export async function readDefinitions(texts: readonly DefinitionText[], options: ReadTextsOptions): Promise<LoadedDefinitions> {
  const served = new ServedApis()
  const loaded: LoadedDefinition[] = []
  const failed: DefinitionFailure[] = []
  for (const each of await readTexts(texts, options)) {
    const outcome = 'error' in each ? each : claim(served, each)
    if ('error' in outcome) failed.push(outcome)
    else loaded.push(outcome)
  }
  return { loaded, failed, warnings: [] }
}

/** The definition itself, unless an earlier one has what it wants. */
function claim(served: ServedApis, read: LoadedDefinition): Outcome {
  try {
    served.add(read)
    return read
  } catch (error) {
    return { file: read.file, apiId: read.definition.apiId, error: error as Error }
  }
}

async function definitionFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && !entry.name.startsWith('.'))
      .filter((entry) => !isCompanion(entry.name))
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
