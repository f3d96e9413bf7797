import { isJsonObject } from '../../json/json-path.ts'
import { type ForeignKey, foreignKeys } from './foreign-keys.ts'

/** What is not heeded, and what must not be overlooked; a line each. */
export interface ForeignFindings {
  readonly warnings: string[]
  readonly problems: string[]
}

/**
 * Judges a key that the schema does not have.
 *
 * @param path dotted
 * @returns false if Tyk does not have it either
 */
export function inspectForeign(path: string, value: unknown, findings: ForeignFindings): boolean {
  const row = Object.hasOwn(foreignKeys, path) ? foreignKeys[path] : undefined
  const inner = hasRowsBelow(path) && isJsonObject(value) ? Object.entries(value) : []
  const others = inner.filter(([name, field]) => !inspectForeign(`${path}.${name}`, field, findings))
  if (row) {
    judge(path, inner.length > 0 ? Object.fromEntries(others) : value, row, findings)
    return true
  }
  if (!hasRowsBelow(path)) return false
  for (const [name] of others) findings.warnings.push(`${path}.${name}: unknown key among those of Tyk's; ignored`)
  return true
}

function judge(path: string, value: unknown, { effect, instead, isActive }: ForeignKey, { warnings, problems }: ForeignFindings) {
  if (effect === 'none' || !isActive(value)) return
  if (effect === 'ignored') warnings.push(`${path}: a key of Tyk's that Postern does not have, ignored; ${instead}`)
  else problems.push(`${path}: a key of Tyk's that Postern does not have, and that protects; ${instead}, then remove it`)
}

function hasRowsBelow(path: string): boolean {
  return Object.keys(foreignKeys).some((name) => name.startsWith(`${path}.`))
}
