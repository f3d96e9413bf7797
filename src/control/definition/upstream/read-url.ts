import type { JsonPath } from '../../../json/json-path.ts'
import type { Findings } from '../findings.ts'

/** Reads the http or https URL of an upstream. `null`, with the problem among the findings, where it is none. */
export function readUrl(text: string, field: JsonPath, findings: Findings): URL | null {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    findings.addProblem(field, `expected an http or https URL, found ${JSON.stringify(withoutCredentials(text))}`)
    return null
  }
  if (url.username !== '' || url.password !== '') {
    findings.addProblem(
      field,
      'expected a URL without user name and password; have a plugin set the Authorization header instead',
    )
    return null
  }
  return url
}

/** The same where a bare `host:port` is meant for http. */
export function readHost(text: string, field: JsonPath, findings: Findings): URL | null {
  return readUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`, field, findings)
}

export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//…@')
}
