import { failure } from '../../errors.ts'
import type { Session } from '../../plugin/contract/session.ts'
import { applyAccess } from './apply-access.ts'
import { limitParts, mostGenerous, withoutPart } from './most-generous.ts'
import { governs, isPartitioned, isPerApi, type Policies, type Policy } from './policy.ts'

/**
 * What a session comes to with its policies: another object, or the session itself where it names none. For what is governed,
 * policies take the place of the session.
 *
 * @param orgId the organisation whose policies these have to be
 * @throws `policy_unknown`, `policy_foreign`, `policies_mixed`, `policies_void`
 */
export function applyPolicies(session: Session, policies: Policies, orgId: string): Session {
  const ids = policyIds(session)
  if (ids.length === 0) return session
  const applied = found(ids, policies)
  check(applied, orgId)
  const limited = applyLimits(session, applied)
  return { ...limited, ...applyAccess(session, limited, applied), ...applyTraits(session, applied) }
}

/** The policies that a session names. */
export function policyIds({ apply_policies: ids, apply_policy_id: id }: Session): readonly string[] {
  if (ids && ids.length > 0) return [...new Set(ids)]
  return id ? [id] : []
}

/** One that is not there is passed over, unless it is the only one. */
function found(ids: readonly string[], policies: Policies): Policy[] {
  const applied = ids.flatMap((id) => policies.get(id) ?? [])
  if (applied.length > 0) return applied
  throw ids.length === 1 ? failure('policy_unknown', { id: ids[0] as string }) : failure('policies_void', { ids })
}

function check(policies: readonly Policy[], orgId: string): void {
  for (const { id, fields } of policies) {
    if ((fields.org_id ?? '') !== orgId) throw failure('policy_foreign', { id, found: fields.org_id ?? '', expected: orgId })
  }
  const perApi = policies.filter(isPerApi)
  const mixed = perApi.some(isPartitioned) || (perApi.length > 0 && perApi.length < policies.length)
  if (mixed) throw failure('policies_mixed', { ids: policies.map(({ id }) => id) })
}

/** The session's own limits, as far as no policy governs them. */
function applyLimits(session: Session, policies: readonly Policy[]): Session {
  return limitParts.reduce((limited, part) => {
    const governing = policies.filter((policy) => governs(policy, part)).map(({ fields }) => fields)
    if (governing.length > 0) return { ...withoutPart(limited, part), ...mostGenerous(governing, part) }
    return policies.some(isPerApi) ? withoutPart(limited, part) : limited
  }, session)
}

/** What is neither a limit nor access. */
function applyTraits(session: Session, policies: readonly Policy[]): Session {
  const all = policies.map(({ fields }) => fields)
  const traits: Session = { meta_data: Object.assign({}, session.meta_data, ...all.map((fields) => fields.meta_data)) }
  const tags = new Set([...(session.tags ?? []), ...all.flatMap((fields) => fields.tags ?? [])])
  if (tags.size > 0) traits.tags = [...tags]
  for (const flag of ['is_inactive', 'hmac_enabled', 'enable_http_signature_validation'] as const) {
    if (all.some((fields) => fields[flag] === true)) traits[flag] = true
  }
  const expiry = all.find((fields) => fields.post_expiry_action)
  if (expiry?.post_expiry_action) traits.post_expiry_action = expiry.post_expiry_action
  if (expiry?.post_expiry_grace_period) traits.post_expiry_grace_period = expiry.post_expiry_grace_period
  return traits
}
