import type { DiscoveryPlan } from '../../../request/upstream/discovery.ts'
import type { Findings } from '../findings.ts'
import { readUrl } from './read-url.ts'
import type { ServiceDiscoveryFields } from './schema.ts'

const FIELD = ['proxy', 'service_discovery']

/** What stands for no caching: a question a second, whatever is going on. */
const SHORTEST_MS = 1_000

/** Reads who names the targets; null where the definition does. */
export function readDiscovery(fields: ServiceDiscoveryFields, findings: Findings): DiscoveryPlan | null {
  if (!fields.use_discovery_service) return null
  const endpoint = readUrl(fields.query_endpoint, [...FIELD, 'query_endpoint'], findings)
  checkPaths(fields, findings)
  return (
    endpoint && {
      endpoint,
      parent: fields.use_nested_query ? fields.parent_data_path : null,
      host: fields.data_path,
      port: fields.port_data_path === '' ? null : fields.port_data_path,
      targetPath: fields.target_path,
      all: fields.use_target_list,
      intervalMs: fields.cache_disabled ? SHORTEST_MS : fields.cache_timeout * 1000 || null,
    }
  )
}

function checkPaths(fields: ServiceDiscoveryFields, findings: Findings): void {
  const expected = 'expected names with dots between, found ""'
  if (fields.data_path === '') findings.addProblem([...FIELD, 'data_path'], expected)
  if (fields.use_nested_query && fields.parent_data_path === '') findings.addProblem([...FIELD, 'parent_data_path'], expected)
  const { target_path: path } = fields
  if (path !== '' && !path.startsWith('/')) {
    findings.addProblem([...FIELD, 'target_path'], `expected a path that starts with "/", found ${JSON.stringify(path)}`)
  }
}
