import { failure } from '../../errors.ts'

/** Loads a module by its name, as CommonJS text calls it. */
export type Require = (id: string) => unknown

/**
 * The `require` of an artifact: Node's built-in modules, with or without `node:`, and what `own` has under the name
 * without `node:`. Whatever else it needs is bundled into it. What it assigns to a module (`fs.readFile = …`) stays in it.
 */
export function openRequire(plugin: string, own: ReadonlyMap<string, unknown>): Require {
  const copies = new Map<object, object>()
  return (id) => {
    const given = own.get(String(id).replace(/^node:/, ''))
    if (given !== undefined) return given
    const found = process.getBuiltinModule(id) as object | undefined
    if (found !== undefined) return isPlain(found) ? copies.getOrInsertComputed(found, copyOf) : found
    // Libraries that can do without an optional module look at Node's code for a missing one.
    throw Object.assign(failure('plugin_require_refused', { plugin, id }), { code: 'MODULE_NOT_FOUND' })
  }
}

/** Not one that is a function, or an emitter: these are what they are by identity. */
function isPlain(module: object): boolean {
  const prototype = Object.getPrototypeOf(module)
  return typeof module === 'object' && (prototype === Object.prototype || prototype === null)
}

/** With accessors as they are: Node loads some members when they are first looked at. */
function copyOf(module: object): object {
  return Object.create(Object.getPrototypeOf(module), Object.getOwnPropertyDescriptors(module))
}
