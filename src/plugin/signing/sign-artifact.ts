import { sign } from 'node:crypto'
import { splitArtifact } from '../artifact-parts.ts'
import type { SigningKey } from './key.ts'
import { formatSignature } from './signature.ts'

/** The artifact with this signature and no other; its stamp, its digest and its code stay as they are. Equal input gives equal bytes. */
export function signArtifact(artifact: Buffer, { id, key }: SigningKey): Buffer {
  const { stampLine, body } = splitArtifact(artifact)
  const signature = formatSignature({ keyId: id, bytes: sign(null, stampLine, key) })
  return Buffer.concat([stampLine, Buffer.from(signature), body])
}
