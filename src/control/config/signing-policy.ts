import { resolve } from 'node:path'
import { textOf } from '../../errors.ts'
import type { SigningPolicy } from '../../plugin/signing/check-signature.ts'
import { readKey, type SigningKey } from '../../plugin/signing/key.ts'

interface SigningSettings {
  readonly plugin_public_keys: readonly string[]
  readonly require_signed_plugins: boolean
}

/**
 * Reads the keys that artifacts may be signed by.
 *
 * @param folder what the names of the files are relative to
 * @param problems receives what is wrong, one text for each key
 */
export async function readSigningPolicy(
  { plugin_public_keys: files, require_signed_plugins: required }: SigningSettings,
  folder: string,
  problems: string[],
): Promise<SigningPolicy> {
  const keys: SigningKey[] = []
  for (const [i, file] of files.entries()) {
    try {
      keys.push(await readKey(resolve(folder, file), 'public'))
    } catch (error) {
      problems.push(`plugin_public_keys[${i}]: ${textOf(error)}`)
    }
  }
  if (required && files.length === 0) {
    problems.push('require_signed_plugins: expected the keys to verify with in plugin_public_keys, found none')
  }
  return { keys, required }
}
