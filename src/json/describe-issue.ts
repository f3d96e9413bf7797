import type * as z from 'zod'

type Issue = z.core.$ZodIssue

const LONGEST_SHOWN = 80

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/**
 * What was expected and what was found, from an issue of zod's: `expected a string, found 3`.
 *
 * @param found the value it is about, as `show` writes it
 */
export function describeIssue(issue: Issue, found: string): string {
  if (issue.code === 'custom') return issue.message
  if (issue.code === 'unrecognized_keys')
    return `unknown ${issue.keys.length > 1 ? 'keys' : 'key'} ${issue.keys.map(show).join(', ')}`
  return `expected ${expectation(issue)}, found ${found}`
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.length === 1 ? show(issue.values[0]) : `one of ${issue.values.map(show).join(', ')}`
    case 'too_small':
      if (issue.origin === 'string') return 'a non-empty string'
      return issue.inclusive ? `a number of at least ${issue.minimum}` : `a number greater than ${issue.minimum}`
    case 'too_big':
      return `a number of at most ${issue.maximum}`
    case 'invalid_union':
      return 'true or false'
    default:
      return issue.message
  }
}

/** A value as messages quote it. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
