import { failure } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json/json-path.ts'
import type { BundledMiddleware } from '../../plugin/bundle/bundles.ts'
import { isSet } from './unsupported-fields.ts'

/** Where the `custom_middleware` of definitions that name bundles comes from. */
export interface BundleSource {
  /** @throws if one of them cannot be had */
  obtain(names: readonly string[]): Promise<BundledMiddleware>
}

/** A definition with what its bundles bring in its place. */
export interface ResolvedBundles {
  readonly json: unknown
  readonly folders: readonly string[]
  /** The bundles as messages call them; `null` where the definition names none. */
  readonly origin: string | null
  readonly stale: readonly Error[]
  /** Why there is no `custom_middleware` to be had; the API must not be served without it. */
  readonly outage: Error | null
  readonly warnings: readonly string[]
}

/** Whether a definition is not complete without its bundles. */
export function namesBundles(json: unknown): boolean {
  return isJsonObject(json) && bundleNames(json).length > 0
}

/** Replaces the `custom_middleware` of a definition that names bundles by theirs; by none where they cannot be had. */
export async function resolveBundles(json: unknown, source: BundleSource | undefined): Promise<ResolvedBundles> {
  const names = isJsonObject(json) ? bundleNames(json) : []
  const base = { json, folders: [], origin: null, stale: [], outage: null, warnings: [] }
  if (names.length === 0 || !isJsonObject(json)) return base
  const origin = names.map((name) => `the bundle "${name}"`).join(' and ')
  const warnings = isSet(withoutDriver(json.custom_middleware)) ? [`custom_middleware: replaced by that of ${origin}`] : []
  try {
    if (source === undefined) throw failure('bundle_not_looked_at', { bundles: names })
    const { middleware, folders, stale } = await source.obtain(names)
    return { ...base, json: { ...json, custom_middleware: middleware }, folders, origin, stale, warnings }
  } catch (error) {
    return { ...base, json: { ...json, custom_middleware: {} }, origin, outage: error as Error, warnings }
  }
}

function bundleNames({ custom_middleware_bundle: names, custom_middleware_bundle_disabled: disabled }: JsonObject): string[] {
  if (typeof names !== 'string' || names.trim() === '' || disabled === true) return []
  return names.split(',').map((name) => name.trim())
}

function withoutDriver(middleware: unknown): unknown {
  return isJsonObject(middleware) ? { ...middleware, driver: undefined } : middleware
}
