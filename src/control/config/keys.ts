import * as z from 'zod'
import { configSchema, secretMarks } from './schema.ts'

/** One key of the configuration, nested ones each for themselves. */
export interface Key {
  /** `['http_server_options', 'read_timeout']` */
  readonly path: readonly string[]
  /** `POSTERN_HTTP_SERVER_OPTIONS_READ_TIMEOUT` */
  readonly variable: string
  /** `json` for what cannot be written as one value or a list of them. */
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'json'
  readonly secret: boolean
}

/** Every key, in the schema's order. */
export const configKeys: readonly Key[] = keysOf(configSchema, [])

function keysOf(object: z.ZodObject, parent: readonly string[]): Key[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const path = [...parent, name]
    const inner = unwrapped(schema)
    if (inner instanceof z.ZodObject) return keysOf(inner, path)
    const variable = `POSTERN_${path.join('_').toUpperCase()}`
    return { path, variable, type: typeOf(inner), secret: secretMarks.has(schema) }
  })
}

/** The schema below defaults and transforms: what a value has to look like in the file. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrapped(schema.def.innerType)
  if (schema instanceof z.ZodPipe) return unwrapped(schema.def.in)
  return schema
}

function typeOf(schema: z.core.$ZodType): Key['type'] {
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodObject ? 'json' : 'list'
  if (schema instanceof z.ZodRecord) return 'json'
  // Text that is no number stays text.
  if (schema instanceof z.ZodUnion) return schema.options.some((option) => option instanceof z.ZodNumber) ? 'number' : 'text'
  return 'text'
}
