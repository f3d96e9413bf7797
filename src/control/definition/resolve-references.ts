import { isJsonObject, type JsonObject, type JsonPath } from '../../json/json-path.ts'
import type { Findings } from './findings.ts'
import type { References, SecretStore } from './references.ts'

const REFERENCE = /^(env|secrets|file|vault|consul):\/\/(.+)$/s

const STORES: Readonly<Record<string, SecretStore>> = {
  env: 'env',
  secrets: 'conf',
  file: 'file',
  vault: 'vault',
  consul: 'consul',
}

/** Whether a value is not itself, but the name of something that is kept elsewhere. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && REFERENCE.test(value)
}

/**
 * The definition with every text that is a reference (`env://NAME`, `secrets://NAME`, `file://NAME`) replaced by what it
 * stands for. What stands for nothing is a problem. Whatever holds no reference is not copied.
 */
export function resolveReferences(json: unknown, references: References, findings: Findings, path: JsonPath = []): unknown {
  if (typeof json === 'string') return resolveText(json, references, findings, path)
  if (Array.isArray(json)) return resolveItems(json, references, findings, path)
  return isJsonObject(json) ? resolveFields(json, references, findings, path) : json
}

function resolveItems(items: readonly unknown[], references: References, findings: Findings, path: JsonPath): readonly unknown[] {
  let resolved: unknown[] | null = null
  for (const [i, item] of items.entries()) {
    if (!mayHold(item)) continue
    const found = resolveReferences(item, references, findings, [...path, i])
    if (found === item) continue
    resolved ??= [...items]
    resolved[i] = found
  }
  return resolved ?? items
}

function resolveFields(fields: JsonObject, references: References, findings: Findings, path: JsonPath): JsonObject {
  let resolved: Record<string, unknown> | null = null
  for (const name of Object.keys(fields)) {
    const field = fields[name]
    if (!mayHold(field)) continue
    const found = resolveReferences(field, references, findings, [...path, name])
    if (found === field) continue
    resolved ??= { ...fields }
    resolved[name] = found
  }
  return resolved ?? fields
}

/** Most of a definition is neither an object nor a text with a scheme; a path is made for the rest alone. */
function mayHold(value: unknown): boolean {
  return typeof value === 'string' ? value.includes('://') : typeof value === 'object' && value !== null
}

function resolveText(text: string, references: References, findings: Findings, path: JsonPath): string {
  const reference = mayHold(text) ? REFERENCE.exec(text) : null
  if (!reference) return text
  const store = STORES[reference[1] as string] as SecretStore
  if (store === 'file') findings.noteFile()
  const found = references.find(store, reference[2] as string)
  if ('value' in found) return found.value
  findings.addProblem(path, `${found.problem} (${text})`)
  return text
}
