import * as z from 'zod'

/** A field that holds an object with a shape of its own, or several. */
export interface Nested {
  readonly name: string
  readonly schema: z.ZodObject
  /** Where the objects are: the field is one, its items are, or the values of its entries. */
  readonly place: 'field' | 'items' | 'values'
}

/** The fields of a shape that have shapes within, whatever stands for their absence. */
export function nestedIn(shape: z.core.$ZodShape): Nested[] {
  return Object.entries(shape).flatMap(([name, field]) => {
    const schema = present(field)
    if (schema instanceof z.ZodObject) return [{ name, schema, place: 'field' } as const]
    if (schema instanceof z.ZodArray) return within(name, schema.def.element, 'items')
    if (schema instanceof z.ZodRecord) return within(name, schema.def.valueType, 'values')
    return []
  })
}

function within(name: string, inner: z.core.$ZodType, place: Nested['place']): Nested[] {
  const schema = present(inner)
  return schema instanceof z.ZodObject ? [{ name, schema, place }] : []
}

function present(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  if (isWrapped) return present(schema.def.innerType)
  return schema instanceof z.ZodPipe ? present(schema.def.in) : schema
}
