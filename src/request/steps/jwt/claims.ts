import { failure } from '../../../errors.ts'
import { isJsonObject } from '../../../json/json-path.ts'
import type { Claims } from './verify-token.ts'

/** How far clocks may be off, in seconds. */
export interface Skews {
  readonly issuedAt: number
  readonly expiresAt: number
  readonly notBefore: number
}

/**
 * Whether a token holds now (RFC 7519 §4.1.4 to §4.1.6).
 *
 * @param now Unix milliseconds
 * @returns until when it does, in Unix milliseconds
 * @throws `jwt_expired`, `jwt_issued_later`, `jwt_not_yet_valid`, `jwt_invalid`
 */
export function checkTimes(claims: Claims, skews: Skews, now: number): number {
  const expires = timeOf(claims, 'exp')
  const issued = timeOf(claims, 'iat')
  const begins = timeOf(claims, 'nbf')
  const until = expires === null ? Number.POSITIVE_INFINITY : (expires + skews.expiresAt) * 1000
  if (until <= now) throw failure('jwt_expired', undefined)
  if (issued !== null && (issued - skews.issuedAt) * 1000 > now) throw failure('jwt_issued_later', undefined)
  if (begins !== null && (begins - skews.notBefore) * 1000 > now) throw failure('jwt_not_yet_valid', undefined)
  return until
}

function timeOf(claims: Claims, name: string): number | null {
  const value = claims[name]
  if (value === undefined) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw failure('jwt_invalid', { reason: `its "${name}" is no number` })
}

/** A claim by its name, or by the names of the objects that it is in, with dots between them. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name.split('.').reduce<unknown>((value, part) => {
    return isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }, claims)
}

export interface IdentityFields {
  /** Whether `kid` says nothing of who calls. */
  readonly skipKid: boolean
  /** The claim that says it, where `kid` does not; '' for `sub` alone. */
  readonly baseField: string
}

/**
 * Who a token is of: its `kid`, the claim of the definition, or `sub`.
 *
 * @throws `jwt_subject_empty`, `jwt_subject_missing`
 */
export function identityOf(kid: string | undefined, claims: Claims, { skipKid, baseField }: IdentityFields): string {
  if (!skipKid && kid !== undefined) return kid
  const own = baseField === '' ? undefined : claimAt(claims, baseField)
  const identity = own ?? claims.sub
  if (identity === '') throw failure('jwt_subject_empty', undefined)
  if (typeof identity === 'string') return identity
  if (typeof identity === 'number') return String(identity)
  throw failure('jwt_subject_missing', undefined)
}
