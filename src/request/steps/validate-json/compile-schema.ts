import type { Ajv, ErrorObject, Format, Options, ValidateFunction } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { textOf } from '../../../errors.ts'
import { show } from '../../../json/describe-issue.ts'
import { compilePattern } from '../../rules/pattern.ts'
import { describeErrors } from './describe-errors.ts'
import { draftNames, draftOf } from './drafts.ts'
import { areUnique } from './unique-items.ts'

/** Says what is wrong with a value, for the client; null if nothing is. */
export type Validate = (value: unknown, size: number) => string | null

/** Above this size a body is told its first error only: collecting all of them could take a multiple of its size. */
const LARGEST_TOLD_ALL = 65_536
/** No address, date or host name is longer; the patterns that formats are checked by take their time with longer ones. */
const LONGEST_FORMATTED = 4096

/** What another draft means something by: left alone, the schema would let through what it was written to refuse. */
const OTHER_DRAFTS = new Set(
  [
    'const contains dependencies dependentRequired dependentSchemas else if items maxContains minContains prefixItems',
    'propertyNames then unevaluatedItems unevaluatedProperties $defs $dynamicRef $recursiveRef $anchor $dynamicAnchor $id id',
  ].flatMap((names) => names.split(' ')),
)

export interface SchemaNotes {
  problem(text: string): void
  warning(text: string): void
}

/** Compiles a schema; null, with what is wrong noted, where it is none. */
export function compileSchema(schema: Readonly<Record<string, unknown>>, notes: SchemaNotes): Validate | null {
  const open = draftOf(schema.$schema)
  if (!open) {
    notes.problem(`expected one of ${draftNames.map(show).join(', ')} in "$schema", found ${show(schema.$schema)}`)
    return null
  }
  try {
    const unknown = unknownFormats(schema)
    for (const name of unknown) notes.warning(`unknown format "${name}", which every text has`)
    const first = prepared(open, { allErrors: false, unknown, notes }).compile(schema)
    const all = prepared(open, { allErrors: true, unknown, notes: null }).compile(schema)
    return (value, size) => check(value, size <= LARGEST_TOLD_ALL ? all : first)
  } catch (error) {
    const hint = schema.$schema === undefined ? '; it was read as draft 7: "$schema" names another' : ''
    notes.problem(`expected a JSON Schema, found one that is not valid: ${textOf(error)}${hint}`)
    return null
  }
}

function check(value: unknown, validate: ValidateFunction): string | null {
  try {
    if (validate(value)) return null
    return describeErrors(validate.errors as ErrorObject[])
  } catch (error) {
    if (error instanceof RangeError) return '(root): is nested too deeply'
    throw error
  }
}

interface Preparation {
  readonly allErrors: boolean
  /** Formats that are left alone. */
  readonly unknown: ReadonlySet<string>
  readonly notes: SchemaNotes | null
}

function prepared(open: (options: Options) => Ajv, { allErrors, unknown, notes }: Preparation): Ajv {
  const ajv = open({
    allErrors,
    strict: false,
    strictSchema: 'log',
    allowUnionTypes: true,
    code: { regExp: linearPattern },
    logger: { log: () => {}, error: () => {}, warn: (text: unknown) => notes && note(String(text), notes) },
  })
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not have two equal items' },
    validate: (wanted: boolean, items: unknown[]) => !wanted || areUnique(items),
  })
  for (const [name, format] of Object.entries(fullFormats)) ajv.addFormat(name, bounded(format as Format))
  for (const name of unknown) ajv.addFormat(name, true)
  return ajv
}

/** The formats that a schema names, at any depth, and nobody knows. */
function unknownFormats(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found
  const { format } = schema as { format?: unknown }
  if (typeof format === 'string' && !Object.hasOwn(fullFormats, format)) found.add(format)
  for (const part of Object.values(schema)) unknownFormats(part, found)
  return found
}

function note(text: string, notes: SchemaNotes): void {
  const keyword = /unknown keyword: "([^"]+)"/.exec(text)?.[1]
  if (keyword !== undefined && OTHER_DRAFTS.has(keyword)) {
    notes.problem(`"${keyword}" is a keyword of another draft; name that draft in "$schema"`)
  } else notes.warning(text.replace(/^strict mode: /, ''))
}

/** Patterns are RE2's, as everywhere in definitions: they take linear time, whatever a client sends. */
const linearPattern = Object.assign(
  (text: string) => {
    const pattern = compilePattern(text)
    return { test: (searched: string) => pattern.test(searched), toString: () => text }
  },
  { code: 'linearPattern' },
) as unknown as NonNullable<NonNullable<Options['code']>['regExp']>

function bounded(format: Format): Format {
  if (!(format instanceof RegExp)) return format
  return { validate: (text: string) => text.length <= LONGEST_FORMATTED && format.test(text) } as Format
}
