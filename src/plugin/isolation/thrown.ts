import { inspect, types } from 'node:util'
import { catalogue, type ErrorCode, PosternError, textOf } from '../../errors.ts'
import { isClonable } from './clonable.ts'

/** Anything that was thrown, on its way to another thread. */
export type Thrown =
  | { readonly kind: 'value'; readonly value: unknown }
  | {
      readonly kind: 'error'
      readonly name: string
      readonly message: string
      readonly stack: string
      readonly code: string | undefined
      readonly cause: Thrown | null
    }
  /** An object that cannot be copied: what it looks like. */
  | { readonly kind: 'object'; readonly text: string; readonly shown: string }

/** Causes of causes that go along. */
const DEPTH = 4

export function describeThrown(thrown: unknown, depth = 0): Thrown {
  try {
    if (types.isNativeError(thrown)) return describeError(thrown, depth)
    if (isClonable(thrown)) return { kind: 'value', value: thrown }
  } catch {
    // A getter that throws: what is left to tell stands below.
  }
  return { kind: 'object', text: textIn(thrown), shown: show(thrown) }
}

function describeError(error: Error & { code?: unknown }, depth: number): Thrown {
  const { name, message, code, cause } = error
  return {
    kind: 'error',
    name: String(name),
    message: String(message),
    stack: String(error.stack ?? message),
    code: typeof code === 'string' ? code : undefined,
    cause: cause === undefined || depth >= DEPTH ? null : describeThrown(cause, depth + 1),
  }
}

/** What is caught on the other side: an error of the catalogue is one again, any other keeps what can be read of it. */
export function reviveThrown(thrown: Thrown): unknown {
  if (thrown.kind === 'value') return thrown.value
  if (thrown.kind === 'object') return { toString: () => thrown.text, [inspect.custom]: () => thrown.shown }
  const { name, message, stack, code } = thrown
  const cause = thrown.cause === null ? undefined : reviveThrown(thrown.cause)
  const known = code !== undefined && Object.hasOwn(catalogue, code)
  const error = known
    ? new PosternError(code as ErrorCode, message, cause)
    : new Error(message, cause === undefined ? undefined : { cause })
  if (!known) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (!known && code !== undefined) Object.assign(error, { code })
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

/** textOf() itself asks the thrown value, which may be a trap. */
function textIn(thrown: unknown): string {
  try {
    return textOf(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}

function show(thrown: unknown): string {
  try {
    return inspect(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}
