import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, textOf } from '../../errors.ts'
import { isJsonObject } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import { type ReadDefinition, type ReadDefinitionOptions, readDefinition } from './read-definition.ts'
import { ServedApis } from './served-apis.ts'

/** Whether a file is of another format, and only referred to by a definition. */
export function isCompanion(name: string): boolean {
  return /-(?:oas|mcp)\.json$/.test(name)
}

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
  const parsed: (ParsedFile | DefinitionFailure)[] = []
  // One file after the other, since only so many may be open; but those that wait for bundles wait together.
  for (const text of texts) parsed.push(await parseText(text))
  const read = await Promise.all(parsed.map((each) => ('error' in each ? each : readParsed(each, options))))
  for (const each of read) {
    const outcome = 'error' in each ? each : claim(served, each)
    if ('error' in outcome) failed.push(outcome)
    else loaded.push(outcome)
  }
  return { loaded, failed, warnings: [] }
}

interface ParsedFile {
  readonly file: string
  readonly json: unknown
}

async function parseText({ file, read }: DefinitionText): Promise<ParsedFile | DefinitionFailure> {
  try {
    return { file, json: parseJson(await read(), file) }
  } catch (error) {
    return { file, apiId: null, error: error as Error }
  }
}

async function readParsed(
  { file, json }: ParsedFile,
  options: ReadDefinitionOptions,
): Promise<LoadedDefinition | DefinitionFailure> {
  try {
    return { file, ...(await readDefinition(json, file, options)) }
  } catch (error) {
    return { file, apiId: apiIdOf(json), error: error as Error }
  }
}

/** The definition itself, unless an earlier one has what it wants. */
function claim(served: ServedApis, read: LoadedDefinition): LoadedDefinition | DefinitionFailure {
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

function apiIdOf(json: unknown): string | null {
  return isJsonObject(json) && typeof json.api_id === 'string' ? json.api_id : null
}
