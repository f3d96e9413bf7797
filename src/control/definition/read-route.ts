import { parseHostPattern } from '../../request/router/host-pattern.ts'
import type { Definition } from './definition.ts'
import type { Findings } from './findings.ts'
import type { DefinitionFields } from './schema.ts'
import { readUrl } from './upstream/read-url.ts'

/** Visible ASCII without the characters that end a path, delimit it in text, or belong to patterns. */
const LISTEN_PATH = /^\/[!$%&'()*+,./0-9:;=@A-Z[\]_a-z~-]*$/
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/

/** Paths of the gateway's own. */
const RESERVED = ['/tyk', '/hello', '/ready']

type Route = Pick<Definition, 'domain' | 'listenPath' | 'targetUrl'>

/** Reads where an API listens and where it sends requests. `null`, with the problems among the findings, where that makes no sense. */
export function readRoute(fields: DefinitionFields, enableCustomDomains: boolean, findings: Findings): Route | null {
  const domain = readDomain(fields, enableCustomDomains, findings)
  const listenPath = readListenPath(fields.proxy.listen_path, findings)
  const targetUrl = readUrl(fields.proxy.target_url, ['proxy', 'target_url'], findings)
  if (domain === null || listenPath === null || targetUrl === null) return null
  return { domain, listenPath, targetUrl }
}

function readListenPath(path: string, findings: Findings): string | null {
  const field = ['proxy', 'listen_path']
  if (!LISTEN_PATH.test(path) || DOT_SEGMENT.test(path)) {
    findings.addProblem(
      field,
      `expected a path that starts with "/", in visible ASCII (the rest percent-encoded), without dot segments, { } ? # and quotes, found ${JSON.stringify(path)}`,
    )
    return null
  }
  const reserved = RESERVED.find((each) => path === each || path.startsWith(`${each}/`))
  if (reserved !== undefined) {
    findings.addProblem(field, `"${path}" is taken: the gateway itself answers under "${reserved}"; choose another`)
    return null
  }
  return path
}

function readDomain(
  { domain, domain_disabled: disabled }: DefinitionFields,
  enabled: boolean,
  findings: Findings,
): string | null {
  const field = ['domain']
  if (domain === '' || disabled) return ''
  if (!enabled) {
    findings.addWarning(field, 'ignored, because "enable_custom_domains" is false in gateway.conf; the API listens on every host')
    return ''
  }
  try {
    return parseHostPattern(domain).text
  } catch {
    const expected =
      'expected a host name without port, in which "*" or "{name}" may stand for a label, and "{name:expression}" for more'
    findings.addProblem(field, `${expected}, found ${JSON.stringify(domain)}`)
    return null
  }
}
