import { textOf } from '../../errors.ts'
import { compilePattern, type Pattern } from '../../request/rules/pattern.ts'
import { VersionInHeader, VersionInPath, VersionInQuery, type VersionLocator } from '../../request/steps/version/locate.ts'
import type { Findings } from './findings.ts'
import type { DefinitionFields } from './schema.ts'

type Fields = DefinitionFields['definition']

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Reads where requests name the version they want. `null`, with the problem among the findings, where they cannot. */
export function readLocator(fields: Fields, isKnown: (name: string) => boolean, findings: Findings): VersionLocator | null {
  const { location, key } = fields
  const strip = fields.strip_versioning_data || fields.strip_path
  const pattern = readPattern(fields, findings)
  switch (location) {
    case 'header':
      if (HEADER_NAME.test(key)) return new VersionInHeader(key, strip)
      findings.addProblem(['definition', 'key'], `expected the name of a header, found ${JSON.stringify(key)}`)
      return null
    case 'url-param':
      if (key !== '') return new VersionInQuery(key, strip)
      findings.addProblem(['definition', 'key'], 'expected the name of a parameter of the query, found ""')
      return null
    case 'url':
      return new VersionInPath(isKnown, pattern, strip)
    case '':
      findings.addProblem(
        ['definition', 'location'],
        'expected "header", "url-param" or "url", which say where requests name their version, found nothing',
      )
      return null
  }
}

function readPattern({ location, url_versioning_pattern: text }: Fields, findings: Findings): Pattern | null {
  const path = ['definition', 'url_versioning_pattern']
  if (text === '') return null
  if (location !== 'url') findings.addWarning(path, 'of no effect, because "location" is not "url"')
  try {
    return compilePattern(text)
  } catch (error) {
    findings.addProblem(path, `expected a regular expression, found ${JSON.stringify(text)}: ${textOf(error)}`)
    return null
  }
}
