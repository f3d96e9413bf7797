import type * as z from 'zod'
import { isJsonObject, type JsonObject, type JsonPath } from '../../json/json-path.ts'
import { closest } from '../closest.ts'
import type { Findings } from './findings.ts'
import { type Nested, nestedIn } from './nested.ts'
import type { NamedVersion } from './read-versions.ts'
import { type DefinitionFields, nestedOfSections, nestedOfSteps, supportedFields as supported } from './schema.ts'
import { type UnsupportedField, type UnsupportedFields, unsupportedFields as unsupported } from './unsupported-fields.ts'

/** Reports the fields of a definition that are active but unsupported, and those that nobody knows. */
export function inspectFields(fields: DefinitionFields, versions: readonly NamedVersion[], findings: Findings): void {
  const inspector = new Inspector(findings)
  inspector.inspect(fields, [], supported.definition, unsupported.definition)
  inspector.inspect(fields.definition, ['definition'], supported.versioning, unsupported.versioning)
  inspector.inspectWithin(fields, [], nestedOfSteps)
  inspector.inspect(fields.proxy, ['proxy'], supported.proxy, unsupported.proxy)
  inspectUpstream(fields, inspector)
  inspector.inspect(fields.version_data, ['version_data'], supported.versionData, unsupported.versionData)
  inspector.inspect(fields.analytics_plugin, ['analytics_plugin'], supported.analyticsPlugin, {})
  for (const version of versions) inspectVersion(version, inspector)
  inspectMiddleware(fields.custom_middleware, inspector)
}

function inspectUpstream({ proxy, uptime_tests: tests }: DefinitionFields, inspector: Inspector): void {
  const { load_balancing: balancing, retries, transport, service_discovery: discovery } = proxy
  inspector.inspect(discovery, ['proxy', 'service_discovery'], supported.serviceDiscovery, unsupported.serviceDiscovery)
  inspector.inspect(transport, ['proxy', 'transport'], supported.transport, {})
  inspector.inspect(balancing, ['proxy', 'load_balancing'], supported.loadBalancing, {})
  inspector.inspect(balancing.ejection, ['proxy', 'load_balancing', 'ejection'], supported.ejection, {})
  inspector.inspect(retries, ['proxy', 'retries'], supported.retries, {})
  inspector.inspect(tests, ['uptime_tests'], supported.uptimeTests, unsupported.uptimeTests)
  inspector.inspectEach(tests.check_list, ['uptime_tests', 'check_list'], supported.uptimeCheck, unsupported.uptimeCheck)
}

const SECTIONS = [...supported.extendedPaths.keys()]

function inspectVersion({ fields, path }: NamedVersion, inspector: Inspector): void {
  inspector.inspect(fields, path, supported.version, unsupported.version)
  if (!fields.use_extended_paths) {
    inspector.inspect(fields.paths, [...path, 'paths'], supported.paths, unsupported.paths)
    return
  }
  const sections = [...path, 'extended_paths']
  inspector.inspect(fields.extended_paths, sections, SECTIONS, unsupported.extendedPaths)
  for (const [section, names] of supported.extendedPaths) {
    inspector.inspectEach(fields.extended_paths[section], [...sections, section], names, {}, nestedOfSections.get(section))
  }
}

function inspectMiddleware(middleware: DefinitionFields['custom_middleware'], inspector: Inspector): void {
  const path = ['custom_middleware']
  inspector.inspect(middleware, path, supported.middleware, unsupported.middleware)
  inspector.inspect(middleware.auth_check, [...path, 'auth_check'], supported.hookEntry, unsupported.hookEntry)
  for (const hook of ['pre', 'post_key_auth', 'post_auth_check', 'post', 'response'] as const) {
    inspector.inspectEach(middleware[hook], [...path, hook], supported.hookEntry, unsupported.hookEntry)
  }
  inspector.inspectEach(middleware.traffic_logs, [...path, 'traffic_logs'], supported.trafficLog, unsupported.hookEntry)
}

interface Nesting {
  readonly names: readonly string[]
  readonly nested: readonly Nested[]
}

/** What is asked of every definition is found out once. */
const nestings = new WeakMap<z.ZodObject, Nesting>()
const sets = new WeakMap<readonly string[], ReadonlySet<string>>()

function nestingOf(schema: z.ZodObject): Nesting {
  let nesting = nestings.get(schema)
  if (!nesting) {
    nesting = { names: Object.keys(schema.shape), nested: nestedIn(schema.shape) }
    nestings.set(schema, nesting)
  }
  return nesting
}

function setOf(names: readonly string[]): ReadonlySet<string> {
  let set = sets.get(names)
  if (!set) {
    set = new Set(names)
    sets.set(names, set)
  }
  return set
}

const UNSAFE = 'not supported yet, and serving the API without it would be unsafe; turn it off'

class Inspector {
  readonly #findings: Findings
  /** Fields reported already, list indexes left out: one warning does for all entries of a list. */
  readonly #reported = new Set<string>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  inspectEach(
    list: unknown,
    path: JsonPath,
    names: readonly string[],
    others: UnsupportedFields,
    nested: readonly Nested[] = [],
  ): void {
    if (!Array.isArray(list)) return
    for (const [i, entry] of list.entries()) {
      if (!isJsonObject(entry) || entry.disabled === true) continue
      this.inspect(entry, [...path, i], names, others)
      this.inspectWithin(entry, [...path, i], nested)
    }
  }

  /** Reports the fields of an object, and of those within it, that its schema does not know. */
  inspectNested(object: unknown, path: JsonPath, schema: z.ZodObject): void {
    if (!isJsonObject(object)) return
    const { names, nested } = nestingOf(schema)
    this.inspect(object, path, names, {})
    this.inspectWithin(object, path, nested)
  }

  /** Reports the fields of the objects within an object. */
  inspectWithin(object: JsonObject, path: JsonPath, nested: readonly Nested[]): void {
    for (const { name, schema, place } of nested) {
      const value = object[name]
      const at = [...path, name]
      if (place === 'field') this.inspectNested(value, at, schema)
      else if (place === 'items' && Array.isArray(value)) {
        for (const [i, item] of value.entries()) this.inspectNested(item, [...at, i], schema)
      } else if (place === 'values' && isJsonObject(value)) {
        for (const [key, item] of Object.entries(value)) this.inspectNested(item, [...at, key], schema)
      }
    }
  }

  inspect(object: unknown, path: JsonPath, names: readonly string[], others: UnsupportedFields): void {
    if (!isJsonObject(object)) return
    const known = setOf(names)
    for (const name of Object.keys(object)) {
      if (known.has(name)) continue
      const value = object[name]
      const field = Object.hasOwn(others, name) ? others[name] : undefined
      if (!field) this.#reportUnknown([...path, name], closest(name, [...names, ...Object.keys(others)]))
      else if (field.isActive(value, object)) this.#reportUnsupported([...path, name], field, value)
    }
  }

  #reportUnsupported(path: JsonPath, { effect, problem }: UnsupportedField, value: unknown): void {
    if (effect === 'protects') this.#findings.addProblem(path, problem?.(value) ?? UNSAFE)
    if (effect === 'ignored' && this.#isFirst(path)) this.#findings.addWarning(path, 'not supported yet; ignored')
  }

  #reportUnknown(path: JsonPath, meant: string | undefined): void {
    if (!this.#isFirst(path)) return
    this.#findings.addWarning(
      path,
      `unknown field, kept for plugins to read${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    )
  }

  #isFirst(path: JsonPath): boolean {
    const field = path.filter((key) => typeof key !== 'number').join('\n')
    if (this.#reported.has(field)) return false
    this.#reported.add(field)
    return true
  }
}
