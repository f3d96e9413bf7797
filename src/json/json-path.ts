/** Where a value is in a JSON document: property names and list indexes, from the root. */
export type JsonPath = readonly PropertyKey[]

const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u

/** Writes a path for people: `custom_middleware.pre[0].path`, `version_data.versions["v 1"]`. */
export function formatPath(path: JsonPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!PLAIN_NAME.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}

/** The value at a path, `undefined` where there is none. */
export function valueAt(root: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], root)
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
