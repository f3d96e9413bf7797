import { failure } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { type JsonObject, valueAt } from '../../json/json-path.ts'
import type { ApiDefinition } from '../../plugin/contract/api-definition.ts'
import { readAuthentication } from '../../request/credentials/authentication.ts'
import type { PathRuleOptions } from '../../request/rules/path-rule.ts'
import { stepKinds } from '../../request/steps/index.ts'
import type { OpenSteps } from '../../request/steps/step-kind.ts'
import { toApiDefinition } from './api-definition.ts'
import type { ArtifactFolders } from './artifact-file.ts'
import type { Definition, DefinitionVersion } from './definition.ts'
import { Findings } from './findings.ts'
import { inspectFields } from './inspect-fields.ts'
import { type BundleSource, resolveBundles } from './read-bundles.ts'
import { readCertificate } from './read-certificate.ts'
import { enablesAuthCheck, readHooks } from './read-hooks.ts'
import { readPathPlugins } from './read-path-plugins.ts'
import { readRecordedPaths, readRecording } from './read-recording.ts'
import { readRoute } from './read-route.ts'
import { type NamedVersion, readVersions } from './read-versions.ts'
import type { References } from './references.ts'
import { resolveReferences } from './resolve-references.ts'
import { type DefinitionFields, definitionSchema } from './schema.ts'
import { readUpstream } from './upstream/read-upstream.ts'
import { readUrl } from './upstream/read-url.ts'
import { VersionSource } from './version-source.ts'

export interface ReadDefinitionOptions extends ArtifactFolders {
  readonly enableCustomDomains: boolean
  /** How path rules are read. Default: as definitions write them. */
  readonly rules?: PathRuleOptions
  /** Whether the gateway speaks TLS with clients. Default false. */
  readonly useSsl?: boolean
  /** Without it bundles are left alone: what is in them is not looked at, and what names them cannot be served. */
  readonly bundles?: BundleSource
  /** Without it references to secrets are left alone: what they stand for is not looked at. */
  readonly references?: References
}

export interface ReadDefinition {
  readonly definition: Definition
  /** What plugins see of it; null where there are none, since it takes as much memory as all the rest. */
  readonly raw: ApiDefinition | null
  readonly warnings: readonly string[]
  /** Whether nothing but the definition's text, and the artifacts that it names, has a part in it. */
  readonly settled: boolean
  /** Why bundles are not the newest: their last good versions are in use. */
  readonly stale: readonly Error[]
  /** Why every request has to be refused: there is no good version of a bundle. The definition has no plugins in hooks then. */
  readonly outage: Error | null
}

/**
 * Checks one definition and resolves its aliases and bundles.
 *
 * @throws `definition_invalid` with every problem
 */
export async function readDefinition(json: unknown, file: string, options: ReadDefinitionOptions): Promise<ReadDefinition> {
  const referring = new Findings()
  const resolved = withReferences(json, file, options.references, referring)
  const bundled = await resolveBundles(resolved, options.bundles)
  const { folders, origin, stale, outage } = bundled
  const findings = new Findings(origin === null ? {} : { custom_middleware: origin }, options.references)
  const fields = parse(bundled.json, findings)
  const pluginPaths = [...options.pluginPaths, ...folders]
  const definition = fields && (await resolve(fields, { ...options, pluginPaths, withHooks: outage === null }, findings))
  if (!definition || findings.problems.length > 0) throw failure('definition_invalid', { file, problems: findings.problems })
  return {
    definition,
    raw: hasPlugins(definition) ? toApiDefinition(bundled.json as JsonObject, fields) : null,
    warnings: [...bundled.warnings, ...findings.warnings],
    settled: origin === null && !referring.readsFiles && !findings.readsFiles,
    stale,
    outage,
  }
}

function hasPlugins({ hooks, authCheck, versions }: Definition): boolean {
  return (
    authCheck !== null || Object.values(hooks).some(isNotEmpty) || versions.some(({ pathPlugins }) => isNotEmpty(pathPlugins))
  )
}

function isNotEmpty(list: readonly unknown[]): boolean {
  return list.length > 0
}

/** @throws `definition_invalid` with the references that stand for nothing: what else is wrong may come of that */
function withReferences(json: unknown, file: string, references: References | undefined, findings: Findings): unknown {
  if (!references) return json
  const resolved = resolveReferences(json, references, findings)
  if (findings.problems.length > 0) throw failure('definition_invalid', { file, problems: findings.problems })
  return resolved
}

function parse(json: unknown, findings: Findings): DefinitionFields | null {
  // A thousand definitions would have to pay for what it takes to compile the schema.
  const { data, error } = definitionSchema.safeParse(json, { jitless: true })
  for (const issue of error?.issues ?? []) {
    findings.addProblem(issue.path, describeIssue(issue, show(valueAt(json, issue.path))))
  }
  return data ?? null
}

const NO_HOOKS = { hooks: { pre: [], postKeyAuth: [], post: [], response: [] }, authCheck: null }

interface ResolveOptions extends ReadDefinitionOptions {
  readonly withHooks: boolean
}

async function resolve(fields: DefinitionFields, options: ResolveOptions, findings: Findings): Promise<Definition | null> {
  const { versions, versioning } = readVersions(fields, findings)
  inspectFields(fields, versions, findings)
  const route = readRoute(fields, options.enableCustomDomains, findings)
  const certificate = await readCertificate(fields, route?.domain ?? '', options, findings)
  const hooks = options.withHooks ? await readHooks(fields, options, findings) : NO_HOOKS
  const [first = null, ...rest] = versions
  const enabled = enablesAuthCheck(fields)
  // Where there is no version of a bundle, its plugin cannot be seen, and nothing is served.
  const hasAuthCheck = enabled && (!options.withHooks || hooks.authCheck !== null)
  const read = (version: NamedVersion | null) => readVersion(version, fields, { ...options, hasAuthCheck }, findings)
  const authentication = readAuthentication(new VersionSource(fields, first, findings, { hasAuthCheck }))
  const recording = await readRecording(fields, { ...options, authentication }, findings)
  const upstream = route && (await readUpstream(fields, route.targetUrl, options.confFolder, findings))
  return (
    route &&
    upstream && {
      apiId: fields.api_id,
      name: fields.name,
      orgId: fields.org_id,
      ...route,
      internal: fields.internal,
      certificate,
      stripListenPath: fields.proxy.strip_listen_path,
      upstream,
      preserveHostHeader: fields.proxy.preserve_host_header,
      useKeyless: fields.use_keyless,
      ...hooks,
      authCheckProvides: authentication?.provides('plugin') ?? true,
      recording,
      versions: [await read(first), ...(await Promise.all(rest.map(read)))],
      versioning,
    }
  )
}

/** Few kinds have anything to wait for, and only where they are used. */
async function readSteps(source: VersionSource): Promise<OpenSteps[]> {
  const steps: OpenSteps[] = []
  for (const kind of stepKinds) {
    const read = kind.read(source)
    const open = read instanceof Promise ? await read : read
    if (open) steps.push(open)
  }
  // A list that has grown holds room for more.
  return [...steps]
}

async function readVersion(
  version: NamedVersion | null,
  fields: DefinitionFields,
  options: ReadDefinitionOptions & { readonly hasAuthCheck: boolean },
  findings: Findings,
): Promise<DefinitionVersion> {
  const source = new VersionSource(fields, version, findings, options)
  const target = version?.fields.override_target ?? ''
  return {
    name: source.version,
    overrideTarget: target === '' ? null : readUrl(target, [...source.versionPath, 'override_target'], findings),
    steps: await readSteps(source),
    pathPlugins: await readPathPlugins(source, options, findings),
    recordedPaths: readRecordedPaths(source),
  }
}
