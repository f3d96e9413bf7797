import type { JsonPath } from '../../json/json-path.ts'
import type { Findings } from './findings.ts'
import type { DefinitionFields, VersionFields } from './schema.ts'

/** The version that every request is served as. */
export interface ChosenVersion {
  readonly name: string
  readonly fields: VersionFields
  readonly path: JsonPath
}

const NAMES_OF_THE_DEFAULT = ['Default', 'default', '']

/** The only version, or else the one that is called Default. `null` where a definition has none. */
export function chooseVersion({ version_data: data }: DefinitionFields, findings: Findings): ChosenVersion | null {
  const names = Object.keys(data.versions)
  const name = names.length > 1 ? NAMES_OF_THE_DEFAULT.find((each) => names.includes(each)) : names[0]
  const path = ['version_data', 'versions']
  if (names.length > 1 && !data.not_versioned) {
    findings.addProblem(
      path,
      'not supported yet: versions chosen by the request; keep one of them, and set "not_versioned" to true',
    )
  } else if (names.length > 1 && name === undefined) {
    findings.addProblem(path, `expected one that is called "Default", found ${names.map((each) => `"${each}"`).join(', ')}`)
  }
  const fields = name === undefined ? undefined : data.versions[name]
  return fields && name !== undefined ? { name: fields.name || name, fields, path: [...path, name] } : null
}
