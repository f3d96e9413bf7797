import { compactVerify, decodeProtectedHeader, type ProtectedHeaderParameters } from 'jose'
import { failure, isFailure, textOf } from '../../../errors.ts'
import { isJsonObject } from '../../../json/json-path.ts'
import { algorithmsOf, type SigningMethod } from './signing-method.ts'
import type { VerificationKeys } from './verification-keys.ts'

export type Claims = Readonly<Record<string, unknown>>

/** A token whose signature is right. Whether it holds now is another question. */
export interface VerifiedToken {
  readonly kid: string | undefined
  readonly claims: Claims
}

/**
 * Checks the signature of a token (RFC 7515). Which algorithms are accepted, and with which keys, is up to the definition: of what
 * the token says, `alg` can only choose among the algorithms of one method, `kid` among the keys that are known, and every other
 * member that could bring a key along (`jwk`, `jku`, `x5c`, `x5u`) is passed over.
 *
 * @throws `jwt_invalid`, `jwt_algorithm_refused`, `jwt_key_unknown`, `jwks_unavailable`
 */
export async function verifyToken(token: string, keys: VerificationKeys, method: SigningMethod): Promise<VerifiedToken> {
  const { alg, kid, b64 } = headerOf(token)
  if (typeof alg !== 'string' || !algorithmsOf[method].includes(alg)) {
    throw failure('jwt_algorithm_refused', { found: String(alg).slice(0, 20), method })
  }
  if (b64 !== undefined) throw failure('jwt_invalid', { reason: 'its payload is not encoded' })
  const hint = { alg, kid: typeof kid === 'string' && kid !== '' ? kid : undefined }
  const key = await keys.find(hint)
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [alg] })
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    if (!isJsonObject(claims)) throw new Error('its payload is no object')
    return { kid: hint.kid, claims }
  } catch (cause) {
    throw isFailure(cause) ? cause : failure('jwt_invalid', { reason: textOf(cause) }, cause)
  }
}

function headerOf(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token)
  } catch (cause) {
    throw failure('jwt_invalid', { reason: 'it is no JWT' }, cause)
  }
}
