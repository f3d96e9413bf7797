import type { StandardSchemaV1 } from '@standard-schema/spec'
import { failure } from '../errors.ts'
import type { LoadedExport } from './loader.ts'

/** Where a configuration comes from, for messages. */
export interface ConfigOrigin {
  /** The definition's file. */
  readonly file: string
  /** JSON path of the plugin's entry in it. */
  readonly field: string
}

/**
 * What the plugin's own schema makes of its `config`.
 *
 * @throws `plugin_config_invalid` with the JSON path of everything the schema refuses
 */
export async function configure({ name, options }: LoadedExport, config: unknown, origin: ConfigOrigin): Promise<unknown> {
  const schema = options?.config
  if (!schema) return config
  const result = await schema['~standard'].validate(structuredClone(config))
  if (!result.issues) return result.value
  const problems = (result.issues as readonly StandardSchemaV1.Issue[]).map(
    ({ path, message }) => `${origin.field}.config${jsonPath(path ?? [])}: ${message}`,
  )
  throw failure('plugin_config_invalid', { plugin: name, file: origin.file, problems: problems.join('; ') })
}

function jsonPath(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
}
