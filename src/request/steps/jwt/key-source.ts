import { createPublicKey, type KeyObject } from 'node:crypto'
import { textOf } from '../../../errors.ts'
import { algorithmsFor, algorithmsOf, LEAST_RSA_BITS, type SigningMethod } from './signing-method.ts'
import type { VerificationKey } from './verification-keys.ts'

/** Where the keys of an API come from: one that the definition has, or a URL. */
export type KeySource =
  | { readonly kind: 'key'; readonly key: VerificationKey; readonly warning?: string }
  | { readonly kind: 'url'; readonly url: string }

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/
const PEM = /^\s*-----BEGIN /

/** Shorter secrets can be guessed from a single token (RFC 7518 §3.2). */
const LEAST_SECRET_BYTES = 32

/**
 * Reads `jwt_source`: a URL, a PEM, or either of them, or a secret, in base64.
 *
 * @returns or what was expected
 */
export function readKeySource(source: string, method: SigningMethod): KeySource | string {
  const text = isUrl(source) || PEM.test(source) ? source : decode(source)
  if (method === 'hmac') return secretFrom(source, text)
  if (text === null) return 'expected a URL or a PEM, as it is or in base64'
  if (isUrl(text.trim())) return { kind: 'url', url: text.trim() }
  if (!PEM.test(text)) return 'expected a URL or a PEM, as it is or in base64'
  try {
    const key = createPublicKey(text)
    return refusal(key, method) ?? { kind: 'key', key }
  } catch (error) {
    return `expected the PEM of a public key or a certificate: ${textOf(error)}`
  }
}

export function isUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol)
}

function decode(source: string): string | null {
  return BASE64.test(source) ? Buffer.from(source, 'base64').toString() : null
}

/** A public key must not become a secret: everybody has it. */
function secretFrom(source: string, text: string | null): KeySource | string {
  if (text === null) return 'expected the secret in base64'
  if (isUrl(text.trim()) || PEM.test(text))
    return 'expected a secret in base64, since jwt_signing_method is "hmac"; found a URL or a PEM'
  const key = Buffer.from(source, 'base64')
  if (key.length >= LEAST_SECRET_BYTES) return { kind: 'key', key }
  const warning = `a secret of ${key.length} bytes can be guessed from a single token; use at least ${LEAST_SECRET_BYTES}`
  return { kind: 'key', key, warning }
}

function refusal(key: KeyObject, method: SigningMethod): string | null {
  const algorithms = algorithmsFor(key)
  if (algorithms.some((name) => algorithmsOf[method].includes(name))) return null
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const bits = type === 'rsa' ? ` of ${details?.modulusLength} bits` : ''
  const least = method === 'rsa' ? ` of at least ${LEAST_RSA_BITS} bits` : ''
  return `expected a key for "${method}"${least}, found one for ${type}${bits}`
}
