/**
 * Writes, from the schema of gateway.conf and its comments: docs/config.md, docs/gateway.conf.reference, and the descriptions that
 * `postern config schema` has for editors. `node scripts/docs-config.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { configKeys, type Key } from '../src/control/config/keys.ts'
import { configSchema } from '../src/control/config/schema.ts'

const root = join(import.meta.dirname, '..')
const schemaFile = 'src/control/config/schema.ts'

const heading = `# Configuration

Written by \`node scripts/docs-config.ts\` from \`${schemaFile}\`; a test compares the two.

A gateway reads one JSON file, \`gateway.conf\`: the one that \`--conf FILE\` names, else the one that \`POSTERN_CONF\` names, else \`gateway.conf\` in
the working directory. \`{}\` is enough. It is read once, at start; [definitions](definitions.md) and plugins are what a reload reads anew.
Relative paths are relative to the folder of the file.

Every key is also an environment variable, which wins over the file; a list is separated by commas, an object is JSON. A secret may come from a file: the
variable's name with \`_FILE\` behind it. An unknown key, or an unknown variable that begins with \`POSTERN_\`, is an error with a suggestion. A
[tyk.conf](porting-from-tyk.md#tykconf) is read as well, and what of it means nothing here is said.

[gateway.conf.reference](gateway.conf.reference) is a file with every key at its default, and what is said here as comments.

| to | run |
|---|---|
| check file, environment, definitions, policies and plugins | \`postern config check --conf FILE\` |
| see what takes effect, and where each value is from; secrets are hidden | \`postern config print --conf FILE\`, with \`--json\` the values alone |
| have a JSON Schema, for an editor | \`postern config schema > gateway.schema.json\`, and \`"$schema": "./gateway.schema.json"\` in gateway.conf |

From a checkout, \`postern\` is \`npm run postern --\`; in the gateway image these are the arguments of the container.
`

/** The text of docs/config.md. */
export function configReference(): string {
  return [heading, ...configKeys.map(section)].join('\n')
}

function section(key: Key): string {
  const variables = key.secret ? `\`${key.variable}\`, \`${key.variable}_FILE\`` : `\`${key.variable}\``
  return `## \`${key.path.join('.')}\`\n\n${commentOf(key.path)}\n\n${describeType(jsonSchemaOf(key.path))}; ${variables}\n`
}

interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly const?: string
  readonly anyOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
}

function jsonSchemaOf(path: Key['path']): JsonSchema {
  const all = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
  return path.reduce<JsonSchema>((schema, name) => schema.properties?.[name] ?? {}, all)
}

const typeNames: Readonly<Record<string, string>> = {
  integer: 'Whole number',
  number: 'Number',
  boolean: '`true` or `false`',
  array: 'List of texts',
  object: 'Object of texts',
}

function describeType(schema: JsonSchema): string {
  const { type = '', items, enum: values, const: value, anyOf, minimum, exclusiveMinimum, maximum } = schema
  if (anyOf) return anyOf.map(describeType).join(' or ')
  if (value !== undefined) return `\`${value}\``
  if (items?.type === 'object') return 'List of objects'
  if (values) return `One of ${values.map((value) => `\`${value}\``).join(', ')}`
  const from = minimum === undefined ? '' : ` from ${minimum}`
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`
  return `${typeNames[type] ?? 'Text'}${from}${above}${to}`
}

/** The properties of each `z.strictObject` in the schema's file: their comments, and what they are made of. */
const objects = readObjects(readFileSync(join(root, schemaFile), 'utf8'))

function readObjects(source: string) {
  const found = new Map<string, Map<string, { comment: string; value: string }>>()
  for (const [, object = '', body = ''] of source.matchAll(/^(?:export )?const (\w+) = z\.strictObject\(\{\n(.*?)^\}\)/gms)) {
    const properties = body.matchAll(/(?:^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {2}(\w+): (\w*)/gms)
    found.set(object, new Map(properties.map(([, comment = '', name = '', value = '']) => [name, { comment, value }])))
  }
  return found
}

/** The comment of a key in the schema; it ends with the default. */
export function commentOf([name = '', ...rest]: Key['path'], object = 'configSchema'): string {
  const property = objects.get(object)?.get(name)
  if (property && rest.length > 0) return commentOf(rest, property.value)
  if (!property?.comment) throw new Error(`Describe the key "${name}" failed: it has no comment in ${schemaFile}`)
  return property.comment.replace(/^\s*\* ?/gm, '').trim()
}

/** By key, dotted: its comment on one line. */
export function configDescriptions(): string {
  const lines = configKeys.map(({ path }) => [path.join('.'), commentOf(path).replaceAll('\n', ' ')])
  return `${JSON.stringify(Object.fromEntries(lines), null, 2)}\n`
}

const referenceHeading = `// Every key of gateway.conf: what it means, its default, and the variable that stands for it.
// This is for reading. A gateway.conf is plain JSON, without comments, of the keys that differ from their defaults; {} is enough.
// Written by node scripts/docs-config.ts; a test compares it with the schema.
`

/** A gateway.conf with every key at its default, and comments. */
export function commentedConfig(): string {
  return `${referenceHeading}{\n${membersOf(z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema, [])}\n}\n`
}

const defaults: unknown = configSchema.parse({})

function membersOf({ properties = {} }: JsonSchema, parent: Key['path']): string {
  const indent = '  '.repeat(parent.length + 1)
  const members = Object.keys(properties).map((name) => {
    const path = [...parent, name]
    const key = configKeys.find((each) => each.path.join('.') === path.join('.'))
    if (!key) return `${indent}${JSON.stringify(name)}: {\n${membersOf(properties[name] ?? {}, path)}\n${indent}}`
    const comment = `${commentOf(path)}\n${describeType(jsonSchemaOf(path)).replaceAll('`', '')}; ${key.variable}${key.secret ? `, ${key.variable}_FILE` : ''}`
    const lines = comment.split('\n').map((line) => `${indent}// ${line}`)
    return [...lines, `${indent}${JSON.stringify(name)}: ${JSON.stringify(defaultOf(path))}`].join('\n')
  })
  return members.join(',\n\n')
}

function defaultOf(path: Key['path']): unknown {
  return path.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], defaults)
}

if (import.meta.main) {
  writeFileSync(join(root, 'docs/config.md'), configReference())
  writeFileSync(join(root, 'docs/gateway.conf.reference'), commentedConfig())
  writeFileSync(join(root, 'src/control/config/descriptions.json'), configDescriptions())
}
