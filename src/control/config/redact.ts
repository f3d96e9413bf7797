import { configKeys } from './keys.ts'
import type { Config } from './schema.ts'

/** The configuration in the order of the schema, fit to be shown: what is marked as secret is hidden. */
export function redact(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const { path, secret } of configKeys) {
    const value = path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], config)
    const parent = path.slice(0, -1).reduce<Record<string, unknown>>((part, key) => {
      part[key] ??= {}
      return part[key] as Record<string, unknown>
    }, shown)
    parent[String(path.at(-1))] = secret && isGiven(value) ? '[hidden]' : value
  }
  return shown
}

function isGiven(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== ''
}
