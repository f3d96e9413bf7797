import { keepMembers, keepOverridable, makeOverridable } from './keep-members.ts'

const NAMESPACES = ['JSON', 'Math', 'Atomics', 'Intl', 'WebAssembly', 'Temporal']

/**
 * Classes that stay as they are: who formats stacks sets functions of Error and puts them back, libraries add symbols, and
 * V8 has `replace` and its like take 15 times as long once anything about the prototype of regular expressions is changed.
 */
const OPEN = ['Error', 'Symbol', 'RegExp']

/** What libraries set by assignment on objects of theirs, which a fixed member up the chain would forbid. */
const OFTEN_OVERRIDDEN = `toString toLocaleString valueOf hasOwnProperty isPrototypeOf propertyIsEnumerable call apply bind
  catch finally`.split(/\s+/)

/** Classes whose methods V8 compiles into their callers, as long as they are plain values. */
const INLINED = ['Number', 'Boolean', 'Buffer']

let isDone = false

/**
 * Keeps what all code of this process shares as it is: plugins, the gateway and its libraries. From here on no global and
 * no member of a built-in class can be replaced, and nothing can be added where it would show everywhere (the prototypes of
 * objects, functions, arrays, errors and so on). Code that tries gets a TypeError, or, outside of strict mode, no effect.
 * Cannot be taken back; so it is for processes that serve, after their imports. 12 ms, once; what is called afterwards is as fast as before, but for
 * `new Map(list)` and `new Set(list)`, which take 0.1 µs longer.
 */
export function protectBuiltins(): void {
  if (isDone) return
  isDone = true
  for (const frozen of frozenObjects()) {
    makeOverridable(frozen, OFTEN_OVERRIDDEN)
    Object.freeze(frozen)
    haveItFast(frozen)
  }
  keepArrays()
  for (const base of [Object.prototype, Function.prototype]) {
    makeOverridable(base, OFTEN_OVERRIDDEN)
    keepMembers(base)
    Object.preventExtensions(base)
  }
  // Subclasses assign `name` and `message`: what there is can be replaced.
  Object.preventExtensions(Error.prototype)
  for (const name of NAMESPACES) keepNamespace(Reflect.get(globalThis, name))
  // Libraries add to these two, which harms nobody.
  for (const extensible of [Reflect, BigInt.prototype]) keepMembers(extensible)
  for (const name of globalNames()) keepClass(name, INLINED.includes(name) ? Object.freeze : keepOverridable)
  keepGlobals()
}

/**
 * To be frozen as a whole: V8 keeps its fast paths for iteration, species and `then` only if members are fixed in this way
 * and not one by one. So it is with constructors, whose functions it otherwise looks up anew for each call.
 */
function frozenObjects(): object[] {
  const iterators = [[].values(), new Map().values(), new Set().values(), ''[Symbol.iterator](), 'a'.matchAll(/a/g)]
  const generators = [(function* () {})(), (async function* () {})()]
  const classes = [String, Promise, Map, Set]
  return [
    ...[...iterators, ...generators].flatMap((one) => chainOf(Object.getPrototypeOf(one))),
    ...classes.map(({ prototype }) => prototype),
    Object.getPrototypeOf(Uint8Array.prototype),
    Object.getPrototypeOf(Uint8Array),
  ]
}

/**
 * Arrays are not frozen: with that, V8 looks at their prototype each time one of them grows, which then takes ten times as
 * long. Fixed after it cannot be added to, and laid out anew, the prototype costs nothing. `constructor` stays as it is, or
 * `map`, `filter` and their like would take eight times as long.
 */
function keepArrays(): void {
  const prototype = Array.prototype
  Object.preventExtensions(prototype)
  makeOverridable(prototype, OFTEN_OVERRIDDEN)
  keepMembers(prototype)
  for (const symbol of [Symbol.iterator, Symbol.unscopables] as const) {
    Object.defineProperty(prototype, symbol, { writable: false, configurable: false })
  }
  haveItFast(prototype)
}

/** V8 lays out a prototype for fast access, which those of strings has lost here, when something is looked up through it. */
function haveItFast(prototype: object): void {
  const heir: { readonly nothing?: unknown } = Object.create(prototype)
  for (let i = 0; i < 2; i += 1) lookUp(heir)
}

function lookUp(heir: { readonly nothing?: unknown }): unknown {
  return heir.nothing
}

/** An object and its prototypes, without that of all objects. */
function chainOf(start: object): object[] {
  const chain = []
  for (let at = start; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) chain.push(at)
  return chain
}

function keepClass(name: string, keep: (owner: object) => void): void {
  const value: unknown = Reflect.get(globalThis, name)
  if (typeof value !== 'function' || OPEN.includes(name)) return
  Object.freeze(value)
  const prototype: unknown = value.prototype
  if (typeof prototype === 'object' && prototype !== null && !isBase(prototype)) keep(prototype)
}

/** Has been dealt with. */
function isBase(prototype: object): boolean {
  return !Object.isExtensible(prototype) || prototype instanceof Error
}

function keepNamespace(namespace: object): void {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(namespace))) {
    if (typeof value === 'function' && typeof value.prototype === 'object') keepMembers(value.prototype as object)
  }
  Object.freeze(namespace)
}

/** The global names that there are. New ones can be made. */
function keepGlobals(): void {
  for (const name of globalNames()) {
    const { configurable, get, set } = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor
    // One that is read through a function (crypto, navigator) may have none to write it, and would lose its value.
    const kept: object = get || set ? { set: undefined } : { writable: false }
    if (configurable) Object.defineProperty(globalThis, name, { ...kept, configurable: false })
  }
}

/** Without two that open a file, or warn, when they are looked at. */
function globalNames(): string[] {
  return Object.getOwnPropertyNames(globalThis).filter((name) => name !== 'localStorage' && name !== 'sessionStorage')
}
