import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'
import { isJsonObject } from '../../../json/json-path.ts'
import { algorithmsFor } from './signing-method.ts'
import type { KeyHint, VerificationKey } from './verification-keys.ts'

/** A key of a JWKS. */
export interface JwksKey {
  readonly kid: string | undefined
  /** What it may check. */
  readonly algorithms: readonly string[]
  readonly key: VerificationKey
}

/**
 * The keys of a JWKS that can check signatures (RFC 7517 §5); others are passed over, as are symmetric ones: what is published is
 * no secret.
 *
 * @throws Error where it is no JWKS
 */
export function parseJwks(text: string): readonly JwksKey[] {
  const { keys } = JSON.parse(text) as { keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('expected a JWKS, an object with a list of "keys"')
  return keys.flatMap((jwk) => readJwk(jwk) ?? [])
}

function readJwk(jwk: unknown): JwksKey | null {
  if (!isJsonObject(jwk) || jwk.kty === 'oct') return null
  const { kid, alg, use, key_ops: operations } = jwk
  if (use !== undefined && use !== 'sig') return null
  if (Array.isArray(operations) && !operations.includes('verify')) return null
  try {
    const key = createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' })
    const algorithms = algorithmsFor(key).filter((name) => alg === undefined || alg === name)
    return algorithms.length > 0 ? { kid: typeof kid === 'string' ? kid : undefined, algorithms, key } : null
  } catch {
    return null
  }
}

/**
 * The key that a token was signed with, if it is among some: the one with its `kid`; where it has none, the only one that can be
 * meant.
 */
export function chooseKey(keys: readonly JwksKey[], { alg, kid }: KeyHint): VerificationKey | null {
  const fitting = keys.filter(({ algorithms, kid: id }) => algorithms.includes(alg) && (kid === undefined || id === kid))
  return fitting.length === 1 || (kid !== undefined && fitting.length > 1) ? (fitting[0]?.key ?? null) : null
}
