import type { CallFailure, RetryPolicy } from '../../../request/upstream/retry-policy.ts'
import { ofHost } from '../../../request/upstream/tls-settings.ts'
import type { UpstreamPlan } from '../../../request/upstream/upstream-plan.ts'
import type { Findings } from '../findings.ts'
import type { DefinitionFields } from '../schema.ts'
import { readBalancing } from './read-balancing.ts'
import { readDiscovery } from './read-discovery.ts'
import { readClientCertificates, readPins, readTls } from './read-peers.ts'
import { readUptimeTests } from './read-uptime-tests.ts'
import { withoutCredentials } from './read-url.ts'
import type { RetriesFields } from './schema.ts'

/**
 * Reads where an API's requests go, and how.
 *
 * @param url of `target_url`
 * @param folder that of gateway.conf
 */
export async function readUpstream(
  fields: DefinitionFields,
  url: URL,
  folder: string,
  findings: Findings,
): Promise<UpstreamPlan> {
  const { proxy, uptime_tests: tests } = fields
  const plan: UpstreamPlan = {
    url,
    balancing: readBalancing(fields, findings),
    retries: proxy.retries ? readRetries(proxy.retries) : null,
    tls: await readTls(proxy.transport, folder, findings),
    certificates: await readClientCertificates(fields, folder, findings),
    pins: readPins(fields, findings),
    proxy: readProxy(proxy.transport.proxy_url, findings),
    tests: readUptimeTests(tests, findings),
    discovery: readDiscovery(proxy.service_discovery, findings),
  }
  warnOfPlainTargets(plan, findings)
  return plan
}

function readRetries({ attempts, on, backoff_ms: backoffMs }: RetriesFields): RetryPolicy | null {
  if (attempts === 0 || on.length === 0) return null
  return {
    attempts,
    failures: new Set(on.filter((reason) => typeof reason === 'string') as CallFailure[]),
    statuses: new Set(on.filter((reason) => typeof reason === 'number')),
    backoffMs,
  }
}

function readProxy(text: string, findings: Findings): URL | null {
  if (text === '') return null
  const url = URL.parse(text)
  if (url && ['http:', 'https:'].includes(url.protocol)) return url
  const found = JSON.stringify(withoutCredentials(text))
  findings.addProblem(['proxy', 'transport', 'proxy_url'], `expected an http or https URL, found ${found}`)
  return null
}

/** A key that nobody shows cannot be checked. */
function warnOfPlainTargets({ url, balancing, pins }: UpstreamPlan, findings: Findings): void {
  const targets = balancing ? balancing.targets.map((target) => target.url) : [url]
  for (const target of targets) {
    if (target.protocol === 'http:' && ofHost(pins, target)) {
      findings.addWarning(['pinned_public_keys'], `of no effect for "${target.origin}", which is reached without TLS`)
    }
  }
}
