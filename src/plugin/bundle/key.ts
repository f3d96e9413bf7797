import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { failure, isFailure, textOf } from '../../errors.ts'

/** The kinds of keys that sign bundles, and the digest that each signs (Ed25519 has its own). */
export const signatureDigests: Readonly<Record<string, string | null>> = { rsa: 'sha256', ed25519: null }

/**
 * Reads a key that bundles are signed or verified with.
 *
 * @throws `bundle_key_unusable`
 */
export async function readBundleKey(file: string, kind: 'public' | 'private'): Promise<KeyObject> {
  const refuse = (reason: string, cause?: unknown) => failure('bundle_key_unusable', { file, kind, reason }, cause)
  try {
    const pem = await readFile(file)
    const key = parse(pem, kind)
    if (key === null) throw refuse(`found ${describe(pem.toString('latin1'))}`)
    if (key.asymmetricKeyType !== undefined && Object.hasOwn(signatureDigests, key.asymmetricKeyType)) return key
    throw refuse(`found a key of the type ${key.asymmetricKeyType}`)
  } catch (error) {
    if (isFailure(error)) throw error
    throw refuse((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : textOf(error), error)
  }
}

/** OpenSSL's own words for what it cannot decode say nothing to who gave the file. */
function parse(pem: Buffer, kind: 'public' | 'private'): KeyObject | null {
  try {
    return kind === 'public' ? createPublicKey(pem) : createPrivateKey(pem)
  } catch {
    return null
  }
}

function describe(text: string): string {
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1]
  if (label === undefined) return 'no PEM text'
  return label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(text)
    ? 'an encrypted key'
    : `a PEM block called "${label}"`
}
