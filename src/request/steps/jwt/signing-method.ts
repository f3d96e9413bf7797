import type { KeyObject } from 'node:crypto'

/** How the tokens of an API are signed. */
export type SigningMethod = 'hmac' | 'rsa' | 'ecdsa' | 'eddsa'

/** The algorithms of each method (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const algorithmsOf: Readonly<Record<SigningMethod, readonly string[]>> = {
  hmac: ['HS256', 'HS384', 'HS512'],
  rsa: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ecdsa: ['ES256', 'ES384', 'ES512'],
  eddsa: ['EdDSA', 'Ed25519'],
}

/** The one algorithm of each curve (RFC 7518 §3.4). */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

/** Shorter ones are broken (RFC 7518 §3.3). */
export const LEAST_RSA_BITS = 2048

/** The algorithms that a public key can check; none where it is too weak. */
export function algorithmsFor({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): readonly string[] {
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= LEAST_RSA_BITS ? algorithmsOf.rsa : []
  if (type === 'ed25519') return algorithmsOf.eddsa
  const ofCurve = type === 'ec' && CURVES[details?.namedCurve ?? '']
  return ofCurve ? [ofCurve] : []
}
