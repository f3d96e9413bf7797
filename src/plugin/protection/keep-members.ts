/** What is shared, and not to be given members that would hide those it inherits. */
const shared = new WeakSet<object>()

/** Fixes the functions and accessors that an object has. What else it has, and what is added, may change. */
export function keepMembers(owner: object): void {
  shared.add(owner)
  for (const [name, { value, configurable }] of membersOf(owner)) {
    if (!configurable) continue
    if (typeof value === 'function') Object.defineProperty(owner, name, { writable: false, configurable: false })
    else if (value === undefined) Object.defineProperty(owner, name, { configurable: false })
  }
}

/** {@link makeOverridable} and {@link keepMembers}. */
export function keepOverridable(owner: object): void {
  makeOverridable(owner)
  keepMembers(owner)
}

/**
 * Fixes functions of an object so that what inherits them can still be given its own by assignment, which a member that
 * cannot be written would forbid as well.
 *
 * @param names which; all of them unless given
 */
export function makeOverridable(owner: object, names?: readonly string[]): void {
  for (const [name, { value, configurable }] of membersOf(owner)) {
    if (configurable && typeof value === 'function' && (names?.includes(name) ?? true)) overridable(owner, name, value)
  }
}

function overridable(owner: object, name: string, member: unknown): void {
  Object.defineProperty(owner, name, {
    get: () => member,
    set(this: object, value: unknown) {
      // In the words of V8 for a member that cannot be written.
      if (this === owner || shared.has(this))
        throw new TypeError(`Cannot assign to read only property '${name}' of a built-in object`)
      Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true })
    },
    configurable: false,
  })
}

/** `constructor` is left out: what inherits from a class of the old style is given one by assignment. */
function membersOf(owner: object): [string, PropertyDescriptor][] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner)).filter(([name]) => name !== 'constructor')
}
