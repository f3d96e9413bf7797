import { failure } from '../errors.ts'

/**
 * The text under which a value is stored.
 *
 * @throws `store_value_not_json` where JSON has no form for the value: `undefined`, a function, a BigInt, a cycle.
 */
export function toJsonText(key: string, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw failure('store_value_not_json', { key, type: typeof value }, cause)
  }
  if (text === undefined) throw failure('store_value_not_json', { key, type: typeof value })
  return text
}
