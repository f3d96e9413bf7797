import { failure } from '../../errors.ts'
import { isJsonObject, type JsonObject } from '../../json/json-path.ts'

/** What one bundle of several brings. */
export interface Part {
  readonly bundle: string
  readonly middleware: JsonObject
}

/**
 * Puts the `custom_middleware` of several bundles together: the plugins of each hook in the order of the bundles.
 *
 * @throws `bundle_merge_failed` if their drivers differ, or more than one authenticates
 */
export function mergeMiddleware(parts: readonly Part[]): JsonObject {
  refuseDifferentDrivers(parts.filter(({ middleware }) => middleware.driver !== ''))
  refuseTwoAuthChecks(parts.filter(({ middleware }) => !isEmpty(middleware.auth_check)))
  const merged: Record<string, unknown> = {}
  for (const { middleware } of parts) {
    for (const [field, value] of Object.entries(middleware)) {
      const before = merged[field]
      if (Array.isArray(before) && Array.isArray(value)) merged[field] = [...before, ...value]
      else if (isEmpty(before)) merged[field] = value
    }
  }
  return merged
}

function refuseDifferentDrivers([first, ...others]: readonly Part[]): void {
  const driver = first?.middleware.driver
  const other = others.find(({ middleware }) => middleware.driver !== driver)
  if (!first || !other) return
  const reason = `their drivers differ: "${driver}" and "${other.middleware.driver}"; build them for one driver`
  throw failure('bundle_merge_failed', { bundles: [first.bundle, other.bundle], reason })
}

function refuseTwoAuthChecks(authenticating: readonly Part[]): void {
  if (authenticating.length < 2) return
  const bundles = authenticating.map(({ bundle }) => bundle)
  throw failure('bundle_merge_failed', { bundles, reason: 'each has an auth_check, and one plugin authenticates; keep one' })
}

/** An empty object or text, or an entry that is disabled, is none. */
function isEmpty(value: unknown): boolean {
  return !value || (isJsonObject(value) && (value.disabled === true || !Object.values(value).some(Boolean)))
}
