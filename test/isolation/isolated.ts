type Json = Record<string, unknown>

/** A definition, as text, with every plugin of it in a worker that may use the network. */
export function isolated(text: string): string {
  return JSON.stringify(JSON.parse(text, isolateUse))
}

/** A use of a plugin is known by its fields, wherever it stands. */
function isolateUse(key: string, value: unknown): unknown {
  if (key === 'traffic_logs' || key === 'analytics_plugin') return ofRecords(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const use = value as Json
  const isUse = ('name' in use && 'path' in use) || ('func_name' in use && 'plugin_path' in use)
  return isUse && use.disabled !== true ? { isolation: 'worker', permissions: { net: true }, ...use } : use
}

/** Plugins that see records run in the gateway's own process. */
function ofRecords(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, inner) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || !('permissions' in inner)) return inner
    const { isolation: _, permissions: __, ...use } = inner as Json
    return use
  })
}
