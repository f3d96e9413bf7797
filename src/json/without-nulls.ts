import { isJsonObject } from './json-path.ts'

/** Programs that export objects write `null` for what is absent; this is the same without. Below a property of `kept` nulls stay. */
export function withoutNulls(value: unknown, kept: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, kept))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, kept.has(name) ? field : withoutNulls(field, kept)]),
  )
}
