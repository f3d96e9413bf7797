import type * as z from 'zod'
import type { JsonPath } from '../../json/json-path.ts'
import type { PathRule, PathRuleOptions } from '../rules/path-rule.ts'
import type { ContextNeed } from '../values/context-variables.ts'
import type { Part } from '../values/parts.ts'

type Fields<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>

/** An entry of a list, and where it is. */
export interface Located<Entry> {
  readonly entry: Entry
  readonly path: JsonPath
}

/** One version of a definition, as a step reads it. Whatever is wrong is noted here, and fails the API. */
export interface StepSource {
  /** Whether nobody has to authenticate. */
  readonly keyless: boolean
  /** Whether a plugin authenticates: there is an `auth_check`, and a flag that enables it. */
  readonly hasAuthCheck: boolean
  /** The name of the version; `Default` where a definition has none. */
  readonly version: string
  /** Fields of the definition itself; null, with the problems noted, where they are wrong. */
  definition<Shape extends z.ZodRawShape>(shape: Shape): Fields<Shape> | null
  /** Fields of `proxy`, likewise. */
  proxy<Shape extends z.ZodRawShape>(shape: Shape): Fields<Shape> | null
  /** Fields of the version, likewise. */
  ofVersion<Shape extends z.ZodRawShape>(shape: Shape): Fields<Shape> | null
  /** The lists of a version that does not use extended paths; null where it does, or where they are wrong. */
  paths<Shape extends z.ZodRawShape>(shape: Shape): Fields<Shape> | null
  /** Where the version's fields are: its `name` is at `[...versionPath, 'name']`. */
  readonly versionPath: JsonPath
  /**
   * The entries of a section of `extended_paths` that are not disabled, in their order; none where the version does not
   * use extended paths.
   */
  section<Entry extends z.ZodType>(name: string, entry: Entry): readonly Located<z.infer<Entry>>[]
  /**
   * The rule of an entry's `path`, read as the gateway and the version want rules to be; null, with the problem noted, where
   * it is no regular expression.
   */
  rule(text: string, at: JsonPath, options?: { ignoreCase?: boolean }): PathRule | null
  /**
   * A text with variables (`$tyk_context`, `$tyk_meta`, `$secret_…`), split at them; null, with the problem noted, where
   * one cannot be had.
   *
   * @param options.groups whether `$1` stands for a group of a pattern; else it is text
   */
  parts(text: string, at: JsonPath, options?: { groups?: boolean }): readonly Part[] | null
  /** What the variables that were read so far need to have kept of a request. */
  readonly contextNeeds: ReadonlySet<ContextNeed>
  /** How the gateway and the version want rules to be read that come from elsewhere. */
  readonly ruleOptions: PathRuleOptions
  /** Notes what is wrong: found and expected, in that order; the API is not served. */
  problem(at: JsonPath, text: string): void
  /** Notes what has no effect, or another than it seems. */
  warning(at: JsonPath, text: string): void
}
