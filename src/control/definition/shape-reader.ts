import { z } from 'zod'
import { isJsonObject } from '../../json/json-path.ts'

/** By shape: zod compiles a schema when it first reads with it, which takes longer than to read a hundred definitions. */
const schemas = new WeakMap<z.ZodRawShape, z.ZodObject>()

/** The schema of an object that has these fields; others are left alone. The same for each shape, which has to be a constant. */
export function schemaOf(shape: z.ZodRawShape): z.ZodObject {
  let schema = schemas.get(shape)
  if (!schema) {
    schema = z.object(shape)
    schemas.set(shape, schema)
  }
  return schema
}

/** The fields of an object that a shape names; exported definitions write `null` for what is absent. What is no object stays as it is. */
export function fieldsOf(value: unknown, shape: z.ZodRawShape): unknown {
  if (!isJsonObject(value)) return value
  const fields: Record<string, unknown> = {}
  for (const name in shape) {
    const field = value[name]
    if (field !== undefined && field !== null) fields[name] = field
  }
  return fields
}
