import { failure } from '../../../errors.ts'
import { claimAt } from './claims.ts'
import type { Claims } from './verify-token.ts'

/** How a token comes to its policies. */
export interface PolicyFields {
  /** The claim that names one; '' for none. */
  readonly claim: string
  /** The claim that scopes are in. */
  readonly scopeClaim: string
  /** The policy of each scope. */
  readonly ofScope: ReadonlyMap<string, string>
  /** Of tokens that bring none. */
  readonly byDefault: readonly string[]
}

/**
 * The policies of a token: the one that it names and those of its scopes, or else the default ones.
 *
 * @throws `jwt_without_policy`, `jwt_scope_without_policy`
 */
export function policiesOf(claims: Claims, { claim, scopeClaim, ofScope, byDefault }: PolicyFields): readonly string[] {
  const named = claim === '' ? [] : textsOf(claimAt(claims, claim), false)
  const scopes = ofScope.size === 0 ? [] : textsOf(claimAt(claims, scopeClaim), true)
  const mapped = scopes.flatMap((scope) => ofScope.get(scope) ?? [])
  if (scopes.length > 0 && mapped.length === 0) throw failure('jwt_scope_without_policy', undefined)
  const own = [...new Set([...named, ...mapped])]
  const policies = own.length > 0 ? own : byDefault
  if (policies.length === 0) throw failure('jwt_without_policy', { reason: 'it brings no policy, and there is no default one' })
  return policies
}

/** The texts of a claim: of a list, or of a text with spaces between them. */
function textsOf(claim: unknown, split: boolean): string[] {
  if (typeof claim === 'string') return (split ? claim.split(' ') : [claim]).filter((text) => text !== '')
  return Array.isArray(claim) ? claim.filter((text) => typeof text === 'string' && text !== '') : []
}
