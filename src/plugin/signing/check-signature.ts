import { verify } from 'node:crypto'
import { basename } from 'node:path'
import { failure } from '../../errors.ts'
import type { ArtifactParts } from '../artifact-parts.ts'
import type { SigningKey } from './key.ts'
import { parseSignature, type Signature } from './signature.ts'

/** Whose signatures count, and whether an artifact needs one. */
export interface SigningPolicy {
  /** Public keys; without any, signatures are not verified. */
  readonly keys: readonly SigningKey[]
  /** Refuse artifacts without a signature. */
  readonly required: boolean
}

/** For who reads artifacts without running them. */
export const signaturesUnverified: SigningPolicy = { keys: [], required: false }

/** What the refusal of a signature tells besides what was found. */
interface Refused {
  readonly path: string
  /** The command that signs the artifact. */
  readonly sign: string
}

/**
 * Verifies the signature over the first line of an artifact. One that is there and does not verify is refused in any case,
 * also where none is required.
 *
 * @returns the id of the key, or `null` where nothing was verified
 * @throws artifact_unsigned, artifact_signature_malformed, artifact_signer_unknown, artifact_signature_wrong
 */
export function checkSignature(parts: ArtifactParts, policy: SigningPolicy, refused: Refused): string | null {
  const details = { ...refused, trusted: describeKeys(policy.keys) }
  const signature = readSignature(parts, details)
  if (signature === null && policy.required) throw failure('artifact_unsigned', details)
  if (signature === null || policy.keys.length === 0) return null
  const { keyId } = signature
  const signer = policy.keys.find(({ id }) => id === keyId)
  if (!signer) throw failure('artifact_signer_unknown', { ...details, keyId })
  if (verify(null, parts.stampLine, signer.key, signature.bytes)) return keyId
  throw failure('artifact_signature_wrong', { ...details, keyId })
}

function readSignature({ signatureLine }: ArtifactParts, refused: Refused): Signature | null {
  if (signatureLine === null) return null
  const signature = parseSignature(signatureLine)
  if (signature === null) throw failure('artifact_signature_malformed', refused)
  return signature
}

function describeKeys(keys: readonly SigningKey[]): string {
  return keys.map(({ id, file }) => `${id} (${basename(file)})`).join(', ')
}
