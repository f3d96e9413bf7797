type Json = Record<string, unknown>

/** A definition, as text, with every plugin of it in a worker that may use the network. */
export function isolated(text: string): string {
  return JSON.stringify(JSON.parse(text, isolateUse))
}

/** A use of a plugin is known by its fields, wherever it stands. */
function isolateUse(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const use = value as Json
  const isUse = ('name' in use && 'path' in use) || ('func_name' in use && 'plugin_path' in use)
  return isUse && use.disabled !== true ? { isolation: 'worker', permissions: { net: true }, ...use } : use
}
