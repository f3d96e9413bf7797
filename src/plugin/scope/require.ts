import { failure } from '../../errors.ts'

/** Loads a module by its name, as CommonJS text calls it. */
export type Require = (id: string) => unknown

/**
 * The `require` of an artifact: Node's built-in modules, with or without `node:`, and what `own` has under the name
 * without `node:`. Whatever else it needs is bundled into it.
 */
export function openRequire(plugin: string, own: ReadonlyMap<string, unknown>): Require {
  return (id) => {
    const found = own.get(String(id).replace(/^node:/, '')) ?? process.getBuiltinModule(id)
    if (found !== undefined) return found
    // Libraries that can do without an optional module look at Node's code for a missing one.
    throw Object.assign(failure('plugin_require_refused', { plugin, id }), { code: 'MODULE_NOT_FOUND' })
  }
}
