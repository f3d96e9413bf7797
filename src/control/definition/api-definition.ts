import type { JsonObject } from '../../json/json-path.ts'
import type { ApiDefinition } from '../../plugin/contract/api-definition.ts'
import type { DefinitionFields } from './schema.ts'

/** The definition as plugins see it: the file's fields, plus the defaults of those that are always there. Deep-frozen. */
export function toApiDefinition(json: JsonObject, fields: DefinitionFields): ApiDefinition {
  const { name, api_id, org_id, use_keyless, proxy, version_data } = fields
  return deepFreeze({
    ...json,
    name,
    api_id,
    org_id,
    use_keyless,
    proxy: {
      ...(json.proxy as JsonObject),
      listen_path: proxy.listen_path,
      target_url: proxy.target_url,
      strip_listen_path: proxy.strip_listen_path,
    },
    version_data: {
      ...(json.version_data as JsonObject | null | undefined),
      not_versioned: version_data.not_versioned,
      versions: ((json.version_data as JsonObject | null | undefined)?.versions ??
        {}) as ApiDefinition['version_data']['versions'],
    },
  })
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  Object.values(value).forEach(deepFreeze)
  return value
}
