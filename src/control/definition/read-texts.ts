import { hash } from 'node:crypto'
import { isJsonObject } from '../../json/json-path.ts'
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
  /** Of its text. */
  readonly digest: string
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
  readonly unchanged?: (file: string, digest: string) => Promise<LoadedDefinition | null>
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
        const digest = hash('sha256', text, 'base64')
        const before = await unchanged(file, digest)
        await breather.breathe()
        const json = before ? null : parseJson(text, file)
        const outcome = before ?? readParsed(json, { file, digest }, options)
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
  { file, digest }: { file: string; digest: string },
  options: ReadDefinitionOptions,
): Promise<Outcome> {
  try {
    return { file, digest, ...(await readDefinition(json, file, options)) }
  } catch (error) {
    return { file, apiId: apiIdOf(json), error: error as Error }
  }
}

function apiIdOf(json: unknown): string | null {
  return isJsonObject(json) && typeof json.api_id === 'string' ? json.api_id : null
}
