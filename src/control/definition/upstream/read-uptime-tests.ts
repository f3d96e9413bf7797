import { parseDuration } from '../../../json/duration.ts'
import type { JsonPath } from '../../../json/json-path.ts'
import type { UptimeTestPlan } from '../../../request/upstream/uptime-test.ts'
import type { Findings } from '../findings.ts'
import { readHost } from './read-url.ts'
import type { UptimeTestsFields } from './schema.ts'

type Check = UptimeTestsFields['check_list'][number]

const DEFAULT_TIMEOUT_MS = 2_000
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Reads the tests of hosts. */
export function readUptimeTests({ disabled, check_list: list }: UptimeTestsFields, findings: Findings): UptimeTestPlan[] {
  if (disabled) return []
  return list.flatMap((check, i) => readTest(check, ['uptime_tests', 'check_list', i], findings) ?? [])
}

function readTest(check: Check, path: JsonPath, findings: Findings): UptimeTestPlan | null {
  const { protocol, body } = check
  if (!['', 'http', 'https'].includes(protocol)) {
    findings.addWarning([...path, 'protocol'], `not supported yet: tests of the protocol "${protocol}"; the entry is ignored`)
    return null
  }
  if (!BASE64.test(body)) findings.addProblem([...path, 'body'], 'expected text in base64')
  const url = readHost(check.url, [...path, 'url'], findings)
  return (
    url && {
      url,
      method: check.method,
      headers: Object.entries(check.headers).flat(),
      body: Buffer.from(body, 'base64').toString(),
      timeoutMs: millisecondsOf(check.timeout) || DEFAULT_TIMEOUT_MS,
    }
  )
}

function millisecondsOf(timeout: string | number): number {
  return typeof timeout === 'string' ? (parseDuration(timeout) as number) : timeout / 1e6
}
