import { failure } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { formatPath, isJsonObject, valueAt } from '../../json/json-path.ts'
import { withoutNulls } from '../../json/without-nulls.ts'
import { type Policy, type PolicyFields, policySchema } from '../../session/policy/policy.ts'
import { closest } from '../closest.ts'

export interface ReadPolicyOptions {
  /** For messages. */
  readonly file: string
  /** What the policy is called, where it does not say so itself. */
  readonly id?: string
  /** Whether its `id` names it where it has an `_id` as well. */
  readonly explicitId: boolean
}

/** Where `null` is a value. */
const FREE_DATA = new Set(['meta_data'])

/** Fields that say nothing to Postern, of databases and of GraphQL. */
const WITHOUT_EFFECT = ['date_created', 'graphql_access_rights', 'smoothing']

/**
 * Checks one policy.
 *
 * @throws `policy_invalid` with every problem
 */
export function readPolicy(json: unknown, options: ReadPolicyOptions): { policy: Policy; warnings: readonly string[] } {
  const { data, error } = policySchema.safeParse(withoutNulls(json, FREE_DATA))
  const problems = (error?.issues ?? []).map((issue) => {
    const text = describeIssue(issue, show(valueAt(json, issue.path)))
    return issue.path.length === 0 ? text : `${formatPath(issue.path)}: ${text}`
  })
  const id = options.id ?? (data && idOf(data, options.explicitId)) ?? ''
  if (data && id === '') problems.push('id: expected what keys call the policy, found nothing')
  if (!data || problems.length > 0) throw failure('policy_invalid', { file: options.file, problems })
  return { policy: { id, fields: data }, warnings: warningsOf(json) }
}

/** What a policy of its own file is called. */
export function idOf({ id = '', _id = '' }: Pick<PolicyFields, 'id' | '_id'>, explicit: boolean): string {
  return (explicit ? id || _id : _id || id) || ''
}

function warningsOf(json: unknown): string[] {
  const known = Object.keys(policySchema.shape)
  const names = isJsonObject(json) ? Object.keys(json) : []
  return names.flatMap((name) => {
    if (known.includes(name) || WITHOUT_EFFECT.includes(name)) return []
    const meant = closest(name, known)
    return [`${formatPath([name])}: unknown field, ignored${meant === undefined ? '' : `; did you mean "${meant}"?`}`]
  })
}
