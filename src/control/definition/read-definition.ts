import { failure } from '../../errors.ts'
import type { ApiDefinition } from '../../plugin/contract/api-definition.ts'
import { describeIssue, show } from '../json/describe-issue.ts'
import { type JsonObject, valueAt } from '../json/json-path.ts'
import { toApiDefinition } from './api-definition.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import { chooseVersion } from './choose-version.ts'
import type { Definition } from './definition.ts'
import { Findings } from './findings.ts'
import { inspectFields } from './inspect-fields.ts'
import { readHooks } from './read-hooks.ts'
import { readPathPlugins } from './read-path-plugins.ts'
import { readRoute } from './read-route.ts'
import { type DefinitionFields, definitionSchema } from './schema.ts'

export interface ReadDefinitionOptions extends ArtifactFolders {
  readonly enableCustomDomains: boolean
}

export interface ReadDefinition {
  readonly definition: Definition
  readonly raw: ApiDefinition
  readonly warnings: readonly string[]
}

/**
 * Checks one definition and resolves its aliases.
 *
 * @throws `definition_invalid` with every problem
 */
export async function readDefinition(json: unknown, file: string, options: ReadDefinitionOptions): Promise<ReadDefinition> {
  const findings = new Findings()
  const fields = parse(json, findings)
  const definition = fields && (await resolve(fields, options, findings))
  if (!definition || findings.problems.length > 0) throw failure('definition_invalid', { file, problems: findings.problems })
  return { definition, raw: toApiDefinition(json as JsonObject, fields), warnings: findings.warnings }
}

function parse(json: unknown, findings: Findings): DefinitionFields | null {
  const { data, error } = definitionSchema.safeParse(json)
  for (const issue of error?.issues ?? []) {
    findings.addProblem(issue.path, describeIssue(issue, show(valueAt(json, issue.path))))
  }
  return data ?? null
}

async function resolve(fields: DefinitionFields, options: ReadDefinitionOptions, findings: Findings): Promise<Definition | null> {
  const version = chooseVersion(fields, findings)
  inspectFields(fields, version, findings)
  const route = readRoute(fields, options.enableCustomDomains, findings)
  const hooks = await readHooks(fields, options, findings)
  const pathPlugins = await readPathPlugins(version, options, findings)
  return (
    route && {
      apiId: fields.api_id,
      name: fields.name,
      orgId: fields.org_id,
      ...route,
      stripListenPath: fields.proxy.strip_listen_path,
      preserveHostHeader: fields.proxy.preserve_host_header,
      useKeyless: fields.use_keyless,
      ...hooks,
      pathPlugins,
    }
  )
}
