import type { Session } from '../../src/plugin/contract/session.ts'

/** A request, and everything that is expected of its answer. */
export interface Probe {
  readonly request: string
  readonly lines?: readonly string[]
  readonly body?: string
  readonly status: number
  /** The message of an error, whose body is expected to the byte. */
  readonly error?: string
  /** The body, where it is no error and not the upstream's. */
  readonly text?: string
  /** Headers of the answer; null: not there. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** What the upstream says it has got, where it answers. */
  readonly upstream?: Partial<Echo>
}

/** What the upstream has got; it answers with it, in JSON. */
export interface Echo {
  readonly method: string
  readonly target: string
  readonly body: string
  /** Some of its headers, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>
}

/** One kind of step, in a definition that asks for a key and has plugins. */
export interface KindRow {
  /** Fields of the definition. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Fields of its version, or all of them where there are several. */
  readonly version?: Readonly<Record<string, unknown>>
  readonly versionData?: Readonly<Record<string, unknown>>
  readonly extendedPaths?: Readonly<Record<string, unknown>>
  readonly keys?: Readonly<Record<string, Session>>
  /** Sent once, before the load: what uses something up. */
  readonly first?: readonly Probe[]
  /** What the step lets through, and what it does to it. */
  readonly passes: readonly Probe[]
  /** What it refuses; null: it refuses nothing. */
  readonly refuses: Probe | null
  /** What the log says of a refusal besides (`event`), or of the step at all; the line is of this API. */
  readonly logged: Readonly<Record<string, string>>
}

export const KEY = 'X-Key: key-one'
