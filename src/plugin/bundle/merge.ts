import type { JsonObject } from '../../control/json/json-path.ts'
import { isJsonObject } from '../../control/json/json-path.ts'
import { failure } from '../../errors.ts'

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
  const merged: Record<string, unknown> = {}
  const owners = new Map<string, string>()
  for (const { bundle, middleware } of parts) {
    for (const [field, value] of Object.entries(middleware)) {
      const before = merged[field]
      const other = owners.get(field)
      if (field === 'driver' && other !== undefined && before !== value) {
        throw conflict([other, bundle], `their drivers differ: "${before}" and "${value}"; build them for one driver`)
      }
      if (field === 'auth_check' && !isEmpty(before) && !isEmpty(value)) {
        throw conflict([other ?? '', bundle], 'both have an auth_check, and one plugin authenticates; take it out of one')
      }
      if (Array.isArray(before) && Array.isArray(value)) merged[field] = [...before, ...value]
      else if (isEmpty(before)) merged[field] = value
      if (other === undefined || isEmpty(before)) owners.set(field, bundle)
    }
  }
  return merged
}

/** An empty object, or one that is disabled, is none. */
function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (isJsonObject(value) && (value.disabled === true || !Object.values(value).some(Boolean)))
  )
}

function conflict(bundles: readonly string[], reason: string): Error {
  return failure('bundle_merge_failed', { bundles, reason })
}
