import type * as z from 'zod'
import { textOf } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { isJsonObject, type JsonPath, valueAt } from '../../json/json-path.ts'
import { compilePathRule, type PathRule, type PathRuleOptions } from '../../request/rules/path-rule.ts'
import type { Located, StepSource } from '../../request/steps/step-source.ts'
import type { ContextNeed } from '../../request/values/context-variables.ts'
import type { Part } from '../../request/values/parts.ts'
import type { Findings } from './findings.ts'
import type { NamedVersion } from './read-versions.ts'
import type { References } from './references.ts'
import type { DefinitionFields } from './schema.ts'
import { readShape } from './shape-reader.ts'
import { ValueReader } from './value-reader.ts'

/** What a version is read with. */
export interface VersionSourceOptions {
  /** See {@link StepSource.hasAuthCheck}. */
  readonly hasAuthCheck: boolean
  /** How the gateway reads path rules. */
  readonly rules?: PathRuleOptions | undefined
  /** Where secrets are; without it they are not looked at. */
  readonly references?: References | undefined
}

/** One version of a definition as built-in steps read it; what is wrong goes to the findings. */
export class VersionSource implements StepSource {
  readonly keyless: boolean
  readonly hasAuthCheck: boolean
  readonly version: string
  readonly versionPath: JsonPath
  readonly #fields: DefinitionFields
  readonly #named: NamedVersion | null
  readonly #findings: Findings
  readonly #rules: PathRuleOptions

  readonly #values: ValueReader

  constructor(
    fields: DefinitionFields,
    named: NamedVersion | null,
    findings: Findings,
    { hasAuthCheck, rules = {}, references }: VersionSourceOptions,
  ) {
    this.keyless = fields.use_keyless
    this.hasAuthCheck = hasAuthCheck
    this.version = named?.name ?? 'Default'
    this.versionPath = named?.path ?? ['version_data', 'versions', 'Default']
    this.#fields = fields
    this.#named = named
    this.#findings = findings
    this.#rules = rules
    this.#values = new ValueReader(this, {
      hasContext: fields.enable_context_vars === true,
      references,
      onFile: () => findings.noteFile(),
    })
  }

  definition<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    return this.#read(shape, this.#fields, [])
  }

  proxy<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    return this.#read(shape, this.#fields.proxy, ['proxy'])
  }

  ofVersion<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    const fields = this.#named?.fields ?? {}
    return this.#read(shape, fields, this.versionPath)
  }

  paths<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    const { use_extended_paths: extended, paths = {} } = this.#named?.fields ?? {}
    const path = [...this.versionPath, 'paths']
    if (!extended) return this.#read(shape, paths, path)
    for (const name of Object.keys(shape)) {
      const list = paths[name]
      if (Array.isArray(list) && list.length > 0) {
        this.warning([...path, name], 'not read, because "use_extended_paths" is true')
      }
    }
    return null
  }

  section<Entry extends z.ZodType>(name: string, entry: Entry): readonly Located<z.infer<Entry>>[] {
    const named = this.#named
    const section = named?.fields.extended_paths[name]
    const path = [...this.versionPath, 'extended_paths', name]
    if (section === undefined || section === null) return []
    if (!named?.fields.use_extended_paths) {
      if (Array.isArray(section) && section.length > 0) {
        this.warning(path, 'not read, because "use_extended_paths" is not true')
      }
      return []
    }
    if (!Array.isArray(section)) {
      this.problem(path, `expected a list, found ${show(section)}`)
      return []
    }
    return section.flatMap((value, i) => this.#entry(entry, value, [...path, i]))
  }

  #entry<Entry extends z.ZodType>(entry: Entry, value: unknown, path: JsonPath): Located<z.infer<Entry>>[] {
    if (isJsonObject(value) && value.disabled === true) return []
    const read = this.#take<z.infer<Entry>>(entry.safeParse(withoutNulls(value), { jitless: true }), value, path)
    return read === null ? [] : [{ entry: read, path }]
  }

  get ruleOptions(): PathRuleOptions {
    const { ignore_endpoint_case: ofVersion = false } = this.#named?.fields ?? {}
    return ofVersion ? { ...this.#rules, ignoreCase: true } : this.#rules
  }

  rule(text: string, at: JsonPath, { ignoreCase = false }: { ignoreCase?: boolean } = {}): PathRule | null {
    const { ruleOptions: options } = this
    try {
      return compilePathRule(text, ignoreCase ? { ...options, ignoreCase } : options)
    } catch (error) {
      this.problem(at, `expected a path rule or a regular expression, found ${show(text)}: ${textOf(error)}`)
      return null
    }
  }

  parts(text: string, at: JsonPath, { groups = false }: { groups?: boolean } = {}): readonly Part[] | null {
    return this.#values.read(text, at, groups)
  }

  get contextNeeds(): ReadonlySet<ContextNeed> {
    return this.#values.needs
  }

  problem(at: JsonPath, text: string): void {
    this.#findings.addProblem(at, text)
  }

  warning(at: JsonPath, text: string): void {
    this.#findings.addWarning(at, text)
  }

  #read<Shape extends z.ZodRawShape>(shape: Shape, value: unknown, path: JsonPath): z.infer<z.ZodObject<Shape>> | null {
    return this.#take(readShape(value, shape), value, path) as z.infer<z.ZodObject<Shape>> | null
  }

  /** What was read, or null with its problems among the findings. */
  #take<T>({ data, error }: z.ZodSafeParseResult<T>, written: unknown, path: JsonPath): T | null {
    for (const issue of error?.issues ?? []) {
      this.problem([...path, ...(issue.path as JsonPath)], describeIssue(issue, show(valueAt(written, issue.path))))
    }
    return error ? null : data
  }
}

/** Exported definitions write `null` for what is absent. */
function withoutNulls(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}
