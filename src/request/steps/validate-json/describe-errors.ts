import type { ErrorObject } from 'ajv'

/** What a client gets told of what is wrong with its body; more would help nobody. */
const MOST_ERRORS = 20
const LONGEST = 2000

/** What is wrong with a body, for the client: `(root): must have required property 'name'; age: must be integer`. */
export function describeErrors(errors: readonly ErrorObject[]): string {
  const texts = errors.slice(0, MOST_ERRORS).map(describe)
  if (errors.length > MOST_ERRORS) texts.push(`and ${errors.length - MOST_ERRORS} more`)
  const text = [...new Set(texts)].join('; ')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function describe({ instancePath, keyword, message = 'is not valid', params }: ErrorObject): string {
  const path = instancePath.slice(1).split('/').map(unescapePointer).join('.')
  return `${path || '(root)'}: ${message}${detail(keyword, params)}`
}

function detail(keyword: string, params: Readonly<Record<string, unknown>>): string {
  if (keyword === 'additionalProperties') return ` ('${String(params.additionalProperty)}')`
  if (keyword === 'unevaluatedProperties') return ` ('${String(params.unevaluatedProperty)}')`
  if (keyword === 'enum') return `: ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`
  if (keyword === 'const') return `: ${JSON.stringify(params.allowedValue)}`
  return ''
}

/** RFC 6901 §4. */
function unescapePointer(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}
