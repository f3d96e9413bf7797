import type { JsonPath } from '../../../json/json-path.ts'
import { isFieldValue, isHeaderName } from '../../message/header-list.ts'
import { Template } from '../../values/template.ts'
import { isFraming } from '../framing-headers.ts'
import type { StepSource } from '../step-source.ts'
import { HeaderChange } from './header-change.ts'

/** A change as a definition has it, and where. */
export interface ChangeFields {
  readonly remove: readonly string[]
  readonly removePath: JsonPath
  readonly set: Readonly<Record<string, string>>
  readonly setPath: JsonPath
}

/**
 * Reads a change of headers; null where it changes nothing, or where there are problems.
 *
 * @param ineffective whether setting or removing a header of that name has no effect, besides what frames messages
 */
export function readChange(
  { remove, removePath, set, setPath }: ChangeFields,
  source: StepSource,
  ineffective: (name: string) => string | null = () => null,
): HeaderChange | null {
  const isOurs = (name: string, at: JsonPath) => {
    const reason = isFraming(name) ? 'the gateway frames messages itself' : ineffective(name.toLowerCase())
    if (reason !== null) source.warning(at, `has no effect: ${reason}`)
    return reason === null && isName(name, at, source)
  }
  const removed = remove.filter((name, i) => isOurs(name, [...removePath, i]))
  const values: (readonly [string, Template])[] = []
  for (const [name, text] of Object.entries(set)) {
    const at = [...setPath, name]
    const template = isOurs(name, at) ? readValue(text, at, source) : null
    if (template) values.push([name, template])
  }
  return removed.length > 0 || values.length > 0 ? new HeaderChange(removed, values) : null
}

function isName(name: string, at: JsonPath, source: StepSource): boolean {
  if (isHeaderName(name)) return true
  source.problem(at, `expected the name of a header, found ${JSON.stringify(name)}`)
  return false
}

function readValue(text: string, at: JsonPath, source: StepSource): Template | null {
  const parts = source.parts(text, at)
  if (!parts) return null
  if (parts.every((part) => part.kind !== 'literal' || isFieldValue(part.text))) return new Template(parts)
  source.problem(at, 'expected a value without line breaks and other control characters')
  return null
}
