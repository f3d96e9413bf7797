import { isJsonObject, type JsonPath } from '../../json/json-path.ts'
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

/**
 * The definition with every text that is a reference (`env://NAME`, `secrets://NAME`, `file://NAME`) replaced by what it
 * stands for. What stands for nothing is a problem.
 */
export function resolveReferences(json: unknown, references: References, findings: Findings, path: JsonPath = []): unknown {
  if (typeof json === 'string') return resolveText(json, references, findings, path)
  if (Array.isArray(json)) return json.map((item, i) => resolveReferences(item, references, findings, [...path, i]))
  if (!isJsonObject(json)) return json
  const fields = Object.entries(json)
  return Object.fromEntries(
    fields.map(([name, field]) => [name, resolveReferences(field, references, findings, [...path, name])]),
  )
}

function resolveText(text: string, references: References, findings: Findings, path: JsonPath): string {
  const reference = text.includes('://') ? REFERENCE.exec(text) : null
  if (!reference) return text
  const found = references.find(STORES[reference[1] as string] as SecretStore, reference[2] as string)
  if ('value' in found) return found.value
  findings.addProblem(path, `${found.problem} (${text})`)
  return text
}
