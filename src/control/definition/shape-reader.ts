import * as z from 'zod'
import { isJsonObject } from '../../json/json-path.ts'

/** What fields are read with. */
interface ShapeReader {
  readonly schema: z.ZodObject
  /** What is read where a definition has none of the fields, which is most often so; null where it has to have some. */
  readonly absent: ReadonlyOutcome | null
}

type ReadonlyOutcome = ReturnType<z.ZodObject['safeParse']>

/** By shape: zod compiles a schema when it first reads with it, which takes longer than to read a hundred definitions. */
const readers = new WeakMap<z.ZodRawShape, ShapeReader>()

/**
 * Reads the fields of an object that a shape names; others are left alone, and what is `null` is taken as absent, since exported
 * definitions write that. The shape has to be a constant.
 */
export function readShape(value: unknown, shape: z.ZodRawShape): ReadonlyOutcome {
  const { schema, absent } = readerOf(shape)
  if (!isJsonObject(value)) return schema.safeParse(value)
  const fields: Record<string, unknown> = {}
  let isEmpty = true
  for (const name in shape) {
    const field = value[name]
    if (field === undefined || field === null) continue
    fields[name] = field
    isEmpty = false
  }
  return isEmpty && absent ? absent : schema.safeParse(fields)
}

function readerOf(shape: z.ZodRawShape): ShapeReader {
  let reader = readers.get(shape)
  if (!reader) {
    const schema = z.object(shape)
    const absent = schema.safeParse({})
    // Many definitions share it: nobody may change what the others read.
    reader = { schema, absent: absent.success ? { ...absent, data: deepFreeze(absent.data) } : null }
    readers.set(shape, reader)
  }
  return reader
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
