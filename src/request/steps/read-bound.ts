import type { JsonPath } from '../../json/json-path.ts'
import type { BoundEntry } from '../rules/bound-set.ts'
import type { StepSource } from './step-source.ts'

/** Reads the rule of an entry that bounds something; null, with the problem noted, where it is none. */
export function readBound(
  source: StepSource,
  { path: text, method }: { path: string; method: string },
  at: JsonPath,
): Omit<BoundEntry<unknown>, 'value'> | null {
  const rule = source.rule(text, [...at, 'path'])
  const anyCase = rule && source.rule(text, [...at, 'path'], { ignoreCase: true })
  return rule && anyCase ? { rule, anyCase, method } : null
}
