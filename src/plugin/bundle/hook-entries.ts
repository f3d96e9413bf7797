import { isJsonObject, type JsonObject } from '../../json/json-path.ts'

const LISTS = ['pre', 'post_key_auth', 'post_auth_check', 'post', 'response', 'traffic_logs']

/** One plugin that a `custom_middleware` names. */
export interface HookEntry {
  /** Where it is: `custom_middleware.post[0]`. */
  readonly field: string
  readonly path: string
}

/** The enabled plugins of a `custom_middleware`, in the order of the hooks. Entries without a path are left out. */
export function hookEntries(middleware: JsonObject): HookEntry[] {
  const found: HookEntry[] = []
  eachEntry(middleware, (entry, field) => {
    if (entry.disabled !== true && typeof entry.path === 'string' && entry.path !== '') found.push({ field, path: entry.path })
    return entry
  })
  return found
}

/** A copy with every plugin's path replaced. */
export function withPaths(middleware: JsonObject, replace: (path: string) => string): JsonObject {
  return eachEntry(middleware, (entry) =>
    typeof entry.path === 'string' && entry.path !== '' ? { ...entry, path: replace(entry.path) } : entry,
  )
}

function eachEntry(middleware: JsonObject, change: (entry: JsonObject, field: string) => JsonObject): JsonObject {
  const changed: Record<string, unknown> = { ...middleware }
  for (const hook of LISTS) {
    const list = middleware[hook]
    if (!Array.isArray(list)) continue
    changed[hook] = list.map((entry, i) => (isJsonObject(entry) ? change(entry, `custom_middleware.${hook}[${i}]`) : entry))
  }
  const { auth_check: auth } = middleware
  if (isJsonObject(auth)) changed.auth_check = change(auth, 'custom_middleware.auth_check')
  return changed
}
