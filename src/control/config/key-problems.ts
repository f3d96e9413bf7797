import { failure } from '../../errors.ts'
import type { HashFunctionName } from '../../session/keys/hash-function.ts'

interface KeySettings {
  readonly hash_keys: boolean
  readonly hash_key_function: HashFunctionName | ''
  readonly hash_key_function_fallback: readonly HashFunctionName[]
  readonly hash_key_secret: string
}

/** What is wrong with how keys are stored, apart from the settings' own types. */
export function keyProblems(settings: KeySettings): string[] {
  const functions = [settings.hash_key_function, ...settings.hash_key_function_fallback]
  const wantsSecret = settings.hash_keys && functions.includes('hmac-sha256')
  return wantsSecret && settings.hash_key_secret === '' ? [failure('key_hash_secret_missing', undefined).message] : []
}
