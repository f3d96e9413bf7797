import { createHash, type KeyObject, verify } from 'node:crypto'
import { failure } from '../../errors.ts'
import { signatureDigests } from './key.ts'
import type { Manifest } from './manifest.ts'

/** What a manifest says of the bytes of its bundle. */
export interface Checksums {
  readonly checksum: string
  readonly checksumSha256: string
}

export function checksumsOf(bytes: Buffer): Checksums {
  const digest = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
  return { checksum: digest('md5'), checksumSha256: digest('sha256') }
}

/**
 * Compares a bundle with what its manifest says of it, and with the key that it has to be signed with.
 *
 * @param bytes the contents of the listed files, in the order of the list
 * @throws `bundle_checksum_wrong`, `bundle_unsigned`, `bundle_signature_wrong`
 */
export function verifyBundle(bundle: string, manifest: Manifest, bytes: Buffer, publicKey: KeyObject | null): void {
  const found = checksumsOf(bytes)
  for (const [name, field] of Object.entries({ checksum: 'checksum', checksumSha256: 'checksum_sha256' } as const)) {
    const expected = manifest[name as keyof Checksums]
    const actual = found[name as keyof Checksums]
    if (expected !== '' && expected !== actual) throw failure('bundle_checksum_wrong', { bundle, field, expected, found: actual })
  }
  if (publicKey === null) return
  if (manifest.signature === '') throw failure('bundle_unsigned', { bundle })
  const digest = signatureDigests[publicKey.asymmetricKeyType ?? ''] ?? null
  if (!verify(digest, bytes, publicKey, Buffer.from(manifest.signature, 'base64'))) {
    throw failure('bundle_signature_wrong', { bundle })
  }
}
