import * as z from 'zod'
import { sharedFields } from '../session-schema.ts'

/** Which parts of a session a policy governs; none set means all. */
const partitionsSchema = z.looseObject({
  quota: z.boolean().exactOptional(),
  rate_limit: z.boolean().exactOptional(),
  /** GraphQL's query depth. */
  complexity: z.boolean().exactOptional(),
  /** Access rights. */
  acl: z.boolean().exactOptional(),
  /** Limits for each API by itself; excludes the others. */
  per_api: z.boolean().exactOptional(),
})

/** A policy: what keys that name it have in common. */
export const policySchema = z.looseObject({
  ...sharedFields,
  _id: z.string().exactOptional().describe('The id that a database gave it'),
  id: z.string().exactOptional().describe('What keys call it'),
  name: z.string().exactOptional(),
  active: z.boolean().exactOptional().describe('Not consulted; `is_inactive` is'),
  last_updated: z.string().exactOptional(),
  partitions: partitionsSchema.exactOptional().describe('What it governs; none set: everything'),
  key_expires_in: z.int().exactOptional().describe('When keys made with it expire, in seconds; 0 or less: never'),
})

export type PolicyFields = z.infer<typeof policySchema>

export type Part = 'quota' | 'rate_limit' | 'complexity' | 'acl'

const parts: readonly Part[] = ['quota', 'rate_limit', 'complexity', 'acl']

/** A policy that is loaded. Immutable. */
export interface Policy {
  readonly id: string
  readonly fields: PolicyFields
}

/** By id. */
export type Policies = ReadonlyMap<string, Policy>

export function isPerApi({ fields: { partitions } }: Policy): boolean {
  return partitions?.per_api === true
}

/** Whether a policy is for some parts of a session only. */
export function isPartitioned({ fields: { partitions } }: Policy): boolean {
  return partitions !== undefined && parts.some((part) => partitions[part] === true)
}

/** Whether a policy says what a part of the session is. */
export function governs(policy: Policy, part: Part): boolean {
  if (isPartitioned(policy)) return policy.fields.partitions?.[part] === true
  return part === 'acl' || !isPerApi(policy)
}
