import { isJsonObject, type JsonObject } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import { Breather } from '../breather.ts'
import { namesBundles } from './read-bundles.ts'
import { type ReadDefinition, type ReadDefinitionOptions, readDefinition } from './read-definition.ts'

/** A definition that has not been parsed. */
export interface DefinitionText {
  /** For messages; paths in a definition do not go by it. */
  readonly file: string
  /** @throws `definition_unreadable` */
  readonly read: () => Promise<string>
}

export interface LoadedDefinition extends ReadDefinition {
  readonly file: string
  /** As it was written, with references instead of what they stand for, and without what bundles bring. */
  readonly text: string
}

/** A definition's fields as its file has them. Kept as text meanwhile, which takes a fraction of the memory. */
export function sourceOf({ text, file }: Pick<LoadedDefinition, 'text' | 'file'>): JsonObject {
  return parseJson(text, file) as JsonObject
}

export interface DefinitionFailure {
  readonly file: string
  /** `null` where the file does not tell. */
  readonly apiId: string | null
  readonly error: Error
}

export type Outcome = LoadedDefinition | DefinitionFailure

export interface ReadTextsOptions extends ReadDefinitionOptions {
  /** What a text was read as before, if it would be read as the same again; null has it read. */
  readonly unchanged?: (file: string, text: string) => Promise<LoadedDefinition | null>
  /** How others get their turn meanwhile; a new one unless given. */
  readonly breather?: Breather
}

/** How many files are open at once. */
const LANES = 16

/** Reads definitions, several at a time since each waits for the disk. Those that wait for bundles wait together, however many. */
export async function readTexts(
  texts: readonly DefinitionText[],
  { unchanged = async () => null, breather = new Breather(), ...options }: ReadTextsOptions,
): Promise<Outcome[]> {
  const outcomes: (Outcome | Promise<Outcome>)[] = []
  const left = texts.entries()
  const readSome = async () => {
    for (const [i, { file, read }] of left) {
      try {
        const text = await read()
        const before = await unchanged(file, text)
        await breather.breathe()
        const json = before ? null : parseJson(text, file)
        const outcome = before ?? readParsed(json, { file, text }, options)
        outcomes[i] = namesBundles(json) ? outcome : await outcome
      } catch (error) {
        outcomes[i] = { file, apiId: null, error: error as Error }
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, readSome))
  return await Promise.all(outcomes)
}

async function readParsed(
  json: unknown,
  { file, text }: Pick<LoadedDefinition, 'file' | 'text'>,
  options: ReadDefinitionOptions,
): Promise<Outcome> {
  try {
    return { file, text, ...(await readDefinition(json, file, options)) }
  } catch (error) {
    return { file, apiId: apiIdOf(json), error: error as Error }
  }
}

function apiIdOf(json: unknown): string | null {
  return isJsonObject(json) && typeof json.api_id === 'string' ? json.api_id : null
}
