import type { JsonPath } from '../../json/json-path.ts'
import type { Versioning } from '../../request/steps/version/versioning.ts'
import type { Findings } from './findings.ts'
import { readLocator } from './read-locator.ts'
import type { DefinitionFields, VersionFields } from './schema.ts'

/** A version, and where it is. */
export interface NamedVersion {
  /** As access rights call it. */
  readonly name: string
  readonly fields: VersionFields
  readonly path: JsonPath
}

export interface ReadVersions {
  /** Those that serve; none where a definition has none, which is one without any fields. */
  readonly versions: readonly NamedVersion[]
  readonly versioning: Versioning<number> | null
}

const VERSIONS = ['version_data', 'versions']
const NAMES_OF_THE_DEFAULT = ['Default', 'default', '']
/** What `definition.default` calls the API itself. */
const SELF = 'self'

/** Finds out which versions there are, and how a request chooses one. */
export function readVersions(fields: DefinitionFields, findings: Findings): ReadVersions {
  const { definition, version_data: data } = fields
  const others = Object.keys(definition.versions).length > 0
  if (others && !definition.enabled) {
    findings.addWarning(['definition', 'versions'], 'not used, because "enabled" is not true')
  }
  if (others && definition.enabled) return withOthers(fields, findings)
  return isVersioned(fields) ? ofOwn(fields, findings) : { versions: onlyOne(data, findings), versioning: null }
}

/** A single version is not chosen, unless there is a place where requests would name it. */
function isVersioned({ definition, version_data: data }: DefinitionFields): boolean {
  const count = Object.keys(data.versions).length
  return !data.not_versioned && (count > 1 || (count === 1 && definition.location !== ''))
}

/** The only version, or else the one that is called Default. */
function onlyOne({ versions }: DefinitionFields['version_data'], findings: Findings): NamedVersion[] {
  const names = Object.keys(versions)
  const name = names.length > 1 ? NAMES_OF_THE_DEFAULT.find((each) => names.includes(each)) : names[0]
  if (names.length > 1 && name === undefined) {
    findings.addProblem(VERSIONS, `expected one that is called "Default", found ${quoted(names)}`)
  }
  return Object.entries(versions)
    .filter(([each]) => each === name)
    .map(named)
}

function named([name, fields]: [string, VersionFields]): NamedVersion {
  return { name: fields.name || name, fields, path: [...VERSIONS, name] }
}

/** The versions in `version_data`. */
function ofOwn(fields: DefinitionFields, findings: Findings): ReadVersions {
  const { definition, version_data: data } = fields
  const versions = new Map(Object.keys(data.versions).map((name, number) => [name, number]))
  const fallback = data.default_version
  if (fallback !== '' && !versions.has(fallback)) {
    findings.addProblem(
      ['version_data', 'default_version'],
      `expected one of ${quoted([...versions.keys()])}, or nothing, found "${fallback}"`,
    )
  }
  const locator = readLocator(definition, (name) => versions.has(name), findings)
  const defaultVersion = versions.get(fallback) ?? null
  const fallBack = fallsBack(definition, defaultVersion !== null, findings)
  return {
    versions: Object.entries(data.versions).map(named),
    versioning: locator && { locator, versions, defaultVersion, fallBack, own: null },
  }
}

/** Other APIs, in `definition.versions`, and the API itself as one version among them. */
function withOthers(fields: DefinitionFields, findings: Findings): ReadVersions {
  const { definition, version_data: data, api_id: apiId } = fields
  if (!data.not_versioned && Object.keys(data.versions).length > 1) {
    findings.addProblem(
      VERSIONS,
      'found several versions, expected one, since definition.versions has the others: keep one, or set "not_versioned" to true',
    )
  }
  const own = 0
  const versions = new Map(
    Object.entries(definition.versions).map(([name, id]) => [name, id === apiId ? own : { apiId: id }] as const),
  )
  if (definition.name !== '') versions.set(definition.name, own)
  const { default: fallback } = definition
  const defaultVersion = fallback === SELF ? own : (versions.get(fallback) ?? null)
  if (fallback !== '' && defaultVersion === null) {
    const names = quoted([SELF, ...versions.keys()])
    findings.addProblem(['definition', 'default'], `expected one of ${names}, or nothing, found "${fallback}"`)
  }
  const locator = readLocator(definition, (name) => versions.has(name), findings)
  const fallBack = fallsBack(definition, defaultVersion !== null, findings)
  return {
    versions: onlyOne(data, findings),
    versioning: locator && { locator, versions, defaultVersion, fallBack, own },
  }
}

function fallsBack(
  { fallback_to_default: wanted }: DefinitionFields['definition'],
  hasDefault: boolean,
  findings: Findings,
): boolean {
  if (wanted && !hasDefault) {
    findings.addWarning(['definition', 'fallback_to_default'], 'of no effect, because there is no default version')
  }
  return wanted && hasDefault
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
