import { Ajv, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' }
import Ajv4 from 'ajv-draft-04'

type Open = (options: Options) => Ajv

const openDraft7: Open = (options) => new Ajv(options)

/** The drafts of JSON Schema, by what `$schema` says without an empty fragment. */
const drafts: Readonly<Record<string, Open>> = {
  'http://json-schema.org/draft-04/schema': (options) => new Ajv4.default(options) as unknown as Ajv,
  'http://json-schema.org/draft-06/schema': (options) => new Ajv(options).addMetaSchema(draft6),
  'http://json-schema.org/draft-07/schema': openDraft7,
  'https://json-schema.org/draft/2019-09/schema': (options) => new Ajv2019(options),
  'https://json-schema.org/draft/2020-12/schema': (options) => new Ajv2020(options),
}

/** What opens a validator for a draft, undefined for one that is not known; without a name it is draft 7. */
export function draftOf(name: unknown): Open | undefined {
  if (name === undefined) return openDraft7
  return typeof name === 'string' ? drafts[name.replace(/#$/, '')] : undefined
}

export const draftNames: readonly string[] = Object.keys(drafts)
