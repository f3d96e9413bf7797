import { z } from 'zod'
import { textOf } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { isJsonObject, type JsonPath, valueAt } from '../../json/json-path.ts'
import { compilePathRule, type PathRule, type PathRuleOptions } from '../../request/rules/path-rule.ts'
import type { Located, StepSource } from '../../request/steps/step-source.ts'
import type { ChosenVersion } from './choose-version.ts'
import type { Findings } from './findings.ts'
import type { DefinitionFields } from './schema.ts'

/** One version of a definition as built-in steps read it; what is wrong goes to the findings. */
export class VersionSource implements StepSource {
  readonly keyless: boolean
  readonly hasAuthCheck: boolean
  readonly version: string
  readonly versionPath: JsonPath
  readonly #fields: DefinitionFields
  readonly #chosen: ChosenVersion | null
  readonly #findings: Findings
  /** What has been noted: several steps may read one field. */
  readonly #noted = new Set<string>()

  /** @param hasAuthCheck see {@link StepSource.hasAuthCheck} */
  constructor(fields: DefinitionFields, chosen: ChosenVersion | null, findings: Findings, hasAuthCheck: boolean) {
    this.keyless = fields.use_keyless
    this.hasAuthCheck = hasAuthCheck
    this.version = chosen?.name ?? 'Default'
    this.versionPath = chosen?.path ?? ['version_data', 'versions', 'Default']
    this.#fields = fields
    this.#chosen = chosen
    this.#findings = findings
  }

  definition<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    return this.#parse(z.looseObject(shape), this.#fields, []) as z.infer<z.ZodObject<Shape>> | null
  }

  proxy<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    return this.#parse(z.looseObject(shape), this.#fields.proxy, ['proxy']) as z.infer<z.ZodObject<Shape>> | null
  }

  ofVersion<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> | null {
    const fields = this.#chosen?.fields ?? {}
    return this.#parse(z.looseObject(shape), fields, this.versionPath) as z.infer<z.ZodObject<Shape>> | null
  }

  section<Entry extends z.ZodType>(name: string, entry: Entry): readonly Located<z.infer<Entry>>[] {
    const chosen = this.#chosen
    const section = chosen?.fields.extended_paths[name]
    const path = [...this.versionPath, 'extended_paths', name]
    if (section === undefined || section === null) return []
    if (!chosen?.fields.use_extended_paths) {
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
    const read = this.#parse(entry, value, path)
    return read === null ? [] : [{ entry: read, path }]
  }

  rule(text: string, at: JsonPath, options: PathRuleOptions = {}): PathRule | null {
    try {
      return compilePathRule(text, options)
    } catch (error) {
      this.problem(at, `expected a path rule or a regular expression, found ${show(text)}: ${textOf(error)}`)
      return null
    }
  }

  problem(at: JsonPath, text: string): void {
    if (this.#isNew(at, text)) this.#findings.addProblem(at, text)
  }

  warning(at: JsonPath, text: string): void {
    if (this.#isNew(at, text)) this.#findings.addWarning(at, text)
  }

  #isNew(at: JsonPath, text: string): boolean {
    const note = JSON.stringify([at, text])
    if (this.#noted.has(note)) return false
    this.#noted.add(note)
    return true
  }

  #parse<T extends z.ZodType>(schema: T, value: unknown, path: JsonPath): z.infer<T> | null {
    const { data, error } = schema.safeParse(withoutNulls(value))
    for (const issue of error?.issues ?? []) {
      this.problem([...path, ...(issue.path as JsonPath)], describeIssue(issue, show(valueAt(value, issue.path))))
    }
    return error ? null : data
  }
}

/** Exported definitions write `null` for what is absent. */
function withoutNulls(value: unknown): unknown {
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}
