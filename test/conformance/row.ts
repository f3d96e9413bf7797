import type { DifferenceKey } from './differences.ts'

/** What the gateway answers: its status, and the message of its error. */
export interface Answer {
  readonly status: number
  readonly message: string
}

/** How the gateway compares with the reference in one point. */
export type Verdict =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly difference: DifferenceKey }
  | { readonly kind: 'not there'; readonly reason: string }

/** One fact of the reference, and what shows that the gateway does the same, or what it does instead. */
export interface Row {
  readonly what: string
  /** What the gateway answers, where it answers with an error: one of the steps that show the row expects all of it. */
  readonly answer: Answer | null
  /** `<case>: <step>` of `test/cases`, or `<file>: <test>`. */
  readonly shown: readonly string[]
  readonly verdict: Verdict
}

/** The rows of one section of the reference. */
export interface Section {
  readonly number: string
  readonly title: string
  readonly rows: readonly Row[]
}

/** An answer of the gateway. */
export function error(status: number, message: string): Answer {
  return { status, message }
}

/** The gateway does what the reference does. */
export function same(what: string, ...evidence: readonly (Answer | string)[]): Row {
  return row(what, evidence, { kind: 'same' })
}

/** The gateway does something else on purpose; the evidence shows that. */
export function differs(difference: DifferenceKey, what: string, ...evidence: readonly (Answer | string)[]): Row {
  return row(what, evidence, { kind: 'differs', difference })
}

/** The gateway does not have it; the evidence, if any, shows that this is not passed over in silence. */
export function missing(reason: string, what: string, ...shown: readonly string[]): Row {
  return row(what, shown, { kind: 'not there', reason })
}

function row(what: string, evidence: readonly (Answer | string)[], verdict: Verdict): Row {
  const answer = evidence.find((each) => typeof each !== 'string') ?? null
  return { what, answer, shown: evidence.filter((each) => typeof each === 'string'), verdict }
}
