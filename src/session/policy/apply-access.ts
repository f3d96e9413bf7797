import { failure } from '../../errors.ts'
import type { AccessDefinition, Session, SessionLimits } from '../../plugin/contract/session.ts'
import { mergeAccess, mergeEndpoints } from './merge-access.ts'
import { type LimitPart, limitParts, mostGenerous, partOf, unlimited } from './most-generous.ts'
import { governs, isPerApi, type Policy } from './policy.ts'

/** What one policy says of one part of the limits on one API. */
interface Contribution {
  readonly limits: SessionLimits
  /** What is counted together under it. */
  readonly scope: string
  /** Whether it is meant for this API alone. */
  readonly own: boolean
}

/**
 * The access rights of a session with its policies: which APIs, and the limits there, as far as they differ from those of the
 * session as a whole.
 *
 * @param limited the session, with the limits that policies give it as a whole
 */
export function applyAccess(session: Session, limited: Session, policies: readonly Policy[]): Pick<Session, 'access_rights'> {
  const rights = rightsOf(session, policies)
  if (!rights) return {}
  const withLimits = Object.entries(rights).map(([apiId, entry]) => {
    return [apiId, withLimit(entry, new ApiLimits(apiId, entry, limited, policies))] as const
  })
  return { access_rights: Object.fromEntries(withLimits) }
}

/** Those of the policies where any governs them, else those of the session. */
function rightsOf(session: Session, policies: readonly Policy[]): Session['access_rights'] {
  const governing = policies.filter((policy) => governs(policy, 'acl'))
  if (governing.length === 0) return session.access_rights
  const apiIds = new Set(governing.flatMap(({ fields }) => Object.keys(fields.access_rights ?? {})))
  if (apiIds.size === 0) throw failure('policies_void', { ids: policies.map(({ id }) => id) })
  return Object.fromEntries([...apiIds].map((apiId) => [apiId, mergeAccess(entriesOf(governing, apiId))]))
}

function entriesOf(policies: readonly Policy[], apiId: string): AccessDefinition[] {
  return policies.map(({ fields }) => fields.access_rights?.[apiId]).filter((entry) => entry !== undefined)
}

function withLimit(entry: AccessDefinition, limits: ApiLimits): AccessDefinition {
  const { limit: _, endpoints: __, allowance_scope: ___, ...rest } = entry
  const endpoints = limits.endpoints()
  return { ...rest, ...(endpoints.length > 0 && { endpoints }), ...limits.ofApi() }
}

/** The limits of a session on one API. */
class ApiLimits {
  readonly #apiId: string
  readonly #entry: AccessDefinition
  readonly #limited: Session
  readonly #policies: readonly Policy[]

  constructor(apiId: string, entry: AccessDefinition, limited: Session, policies: readonly Policy[]) {
    this.#apiId = apiId
    this.#entry = entry
    this.#limited = limited
    this.#policies = policies
  }

  endpoints(): NonNullable<AccessDefinition['endpoints']> {
    const limiting = this.#policies.filter((policy) => governs(policy, 'rate_limit') || isPerApi(policy))
    const granting = this.#policies.filter((policy) => governs(policy, 'acl'))
    const governing = limiting.length > 0 ? limiting : granting
    return governing.length > 0 ? mergeEndpoints(entriesOf(governing, this.#apiId)) : (this.#entry.endpoints ?? [])
  }

  /** Nothing where they are those of the session as a whole. */
  ofApi(): Pick<AccessDefinition, 'limit' | 'allowance_scope'> {
    const contributions = limitParts.map((part) => [part, this.#contributions(part)] as const)
    const own = isSet(this.#ownLimit) || contributions.some(([part, all]) => all.length > 0 && this.#differs(part, all))
    if (!own) return {}
    const limit = Object.assign({}, ...contributions.map(([part, all]) => this.#part(part, all)))
    const scopes = new Set(contributions.flatMap(([, all]) => all.map(({ scope }) => scope)))
    const scope = scopes.size > 0 ? [...scopes].sort().join(',') : this.#entry.allowance_scope
    return { limit, ...(scope !== undefined && scope !== this.#apiId && { allowance_scope: scope }) }
  }

  /** The limit of a part of it that no policy governs. */
  get #ownLimit(): SessionLimits {
    const granted = entriesOf(this.#policies, this.#apiId).find(({ limit }) => isSet(limit))
    return (this.#policies.some((policy) => governs(policy, 'acl')) ? granted?.limit : this.#entry.limit) ?? {}
  }

  #contributions(part: LimitPart): Contribution[] {
    return this.#policies.flatMap((policy): Contribution[] => {
      if (!governs(policy, part) && !isPerApi(policy)) return []
      const { access_rights: rights = {} } = policy.fields
      const { limit } = rights[this.#apiId] ?? {}
      if (limit && isSet(limit)) return [{ limits: limit, scope: this.#apiId, own: true }]
      const isFor = Object.keys(rights).length === 0 || Object.hasOwn(rights, this.#apiId)
      return isFor ? [{ limits: policy.fields, scope: policy.id, own: isPerApi(policy) }] : []
    })
  }

  #differs(part: LimitPart, all: readonly Contribution[]): boolean {
    if (all.some(({ own }) => own)) return true
    return JSON.stringify(this.#merged(part, all)) !== JSON.stringify(mostGenerous([this.#limited], part))
  }

  #merged(part: LimitPart, all: readonly Contribution[]): SessionLimits {
    return mostGenerous(
      all.map(({ limits }) => limits),
      part,
    )
  }

  /** "None" is written out: an entry that says nothing would leave the limits of the session in force. */
  #part(part: LimitPart, all: readonly Contribution[]): SessionLimits {
    if (all.length > 0) return { ...unlimited(part), ...this.#merged(part, all) }
    const own = partOf(this.#ownLimit, part)
    return isSet(own) ? own : partOf(this.#limited, part)
  }
}

function isSet(limit: SessionLimits | undefined): boolean {
  return limit !== undefined && Object.values(limit).some(Boolean)
}
