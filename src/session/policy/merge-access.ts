import type { AccessDefinition, EndpointLimits, SessionLimits } from '../../plugin/contract/session.ts'
import { mostGenerous } from './most-generous.ts'

/** What several policies allow on one API, without its limits: what any of them allows. */
export function mergeAccess(entries: readonly AccessDefinition[]): AccessDefinition {
  const { limit: _, endpoints: __, allowance_scope: ___, ...first } = entries[0] ?? {}
  return { ...first, versions: mergeVersions(entries), allowed_urls: mergeUrls(entries) }
}

/** No versions means any. */
function mergeVersions(entries: readonly AccessDefinition[]): string[] {
  const lists = entries.map(({ versions = [] }) => versions)
  return lists.some((list) => list.length === 0) ? [] : [...new Set(lists.flat())]
}

/** No paths means all. */
function mergeUrls(entries: readonly AccessDefinition[]): NonNullable<AccessDefinition['allowed_urls']> {
  const lists = entries.map(({ allowed_urls: urls = [] }) => urls)
  if (lists.some((list) => list.length === 0)) return []
  const methods = new Map<string, Set<string>>()
  for (const { url, methods: allowed } of lists.flat()) methods.set(url, new Set([...(methods.get(url) ?? []), ...allowed]))
  return [...methods].map(([url, allowed]) => ({ url, methods: [...allowed] }))
}

/** Every endpoint that any of them limits, with its most generous rate. */
export function mergeEndpoints(entries: readonly AccessDefinition[]): EndpointLimits[] {
  const limits = new Map<string, Map<string, SessionLimits[]>>()
  for (const { path, methods } of entries.flatMap(({ endpoints = [] }) => endpoints)) {
    const ofPath = limits.get(path) ?? new Map<string, SessionLimits[]>()
    limits.set(path, ofPath)
    for (const { name, limit } of methods) ofPath.set(name, [...(ofPath.get(name) ?? []), limit])
  }
  return [...limits].map(([path, ofPath]) => ({
    path,
    methods: [...ofPath].map(([name, all]) => ({ name, limit: mostGenerous(all, 'rate_limit') })),
  }))
}
