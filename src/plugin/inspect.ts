import { current, type Version } from '../version.ts'
import { type Artifact, admitArtifact, parseArtifact } from './artifact.ts'
import { splitArtifact } from './artifact-parts.ts'
import type { SigningPolicy } from './signing/check-signature.ts'
import { parseSignature } from './signing/signature.ts'
import type { Stamp } from './stamp.ts'

/** What an artifact is, and whether a gateway would load it. */
export interface Inspection {
  readonly path: string
  /** The gateway that it was judged for. */
  readonly gateway: Version
  /** `null` where the file is broken. */
  readonly artifact: Artifact | null
  /** The key that its signature names, verified or not; `null` without a signature. */
  readonly keyId: string | null
  /** The key whose signature was verified. */
  readonly signedBy: string | null
  /** Why the gateway would refuse it; `null` if it would not. */
  readonly refusal: unknown
}

/**
 * Judges an artifact without running it.
 *
 * @param version of the gateway; `null` for the one it was built for.
 */
export function inspectArtifact(bytes: Buffer, path: string, version: string | null, signing: SigningPolicy): Inspection {
  const line = splitArtifact(bytes).signatureLine
  const keyId = line === null ? null : (parseSignature(line)?.keyId ?? null)
  let gateway = gatewayOf(version, null)
  let artifact: Artifact | null = null
  try {
    artifact = parseArtifact(bytes, path, gateway)
    gateway = gatewayOf(version, artifact.stamp)
    const { signedBy } = admitArtifact(bytes, path, gateway, signing)
    return { path, gateway, artifact, keyId, signedBy, refusal: null }
  } catch (refusal) {
    return { path, gateway, artifact, keyId, signedBy: null, refusal }
  }
}

/** Of another version than this program's only the number is known; its build and contract are taken to be the artifact's. */
function gatewayOf(version: string | null, stamp: Stamp | null): Version {
  if (version === current.version || stamp === null) return { ...current, version: version ?? current.version }
  return { version: version ?? stamp.gateway, build: stamp.build, contract: stamp.contract }
}
