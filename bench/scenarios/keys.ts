import { setTimeout as sleep } from 'node:timers/promises'
import { type DefinitionParts, definition } from '../definition.ts'
import type { Gateway } from '../postern.ts'
import { measuredPath } from '../server.ts'
import { expectEqual, expectStatus, expectThat, expectUpstreamSees } from './expect.ts'
import { Metrics } from './metrics.ts'
import type { GatewaySetup, Scenario } from './scenario.ts'

const KEYS = 100
/** More requests than a run can make. */
const PLENTY = 1_000_000_000
const WRITTEN_WITHIN_MS = 10_000

const keys = Array.from({ length: KEYS }, (_, i) => `bench-key-${String(i).padStart(3, '0')}`)
const requests = keys.map((key) => ({ headers: { Authorization: key } }))
const first = { Authorization: keys[0] as string }

const analytics = { enable_analytics: true }
const accessLog = { log_level: 'info', log_format: 'json', access_logs: { enabled: true } }
const metrics = new Metrics()

/** Key, rate, quota and analytics, and what else there is. */
function keyed(parts: DefinitionParts = {}): GatewaySetup {
  return {
    configuration: async () => analytics,
    definitions: (upstream) => [definition(upstream, { ...parts, fields: { use_keyless: false, use_standard_auth: true } })],
    prepare: createKeys,
    verify: expectKeys,
    verifyAfter: expectAnalytics,
  }
}

const withPlugin: GatewaySetup = {
  ...keyed({ hooks: { post: ['AddFooBarHeader'] } }),
  plugins: 'headers',
  async verify(gateway) {
    await expectKeys(gateway)
    await expectUpstreamSees(gateway, { Foo: 'Bar' }, first)
  },
}

/** What an API with keys costs. */
export const keyScenarios: readonly Scenario[] = [
  {
    name: 'keyed',
    title: 'key, rate, quota and analytics',
    gateway: keyed(),
    requests,
    limits: { rateAtLeast: 0.75, cpuAtMost: 1.35 },
  },
  { name: 'keyed-plugin', title: 'key, rate, quota, analytics and one plugin', gateway: withPlugin, requests },
  {
    name: 'everything',
    title: 'the same, access log, Prometheus and StatsD',
    gateway: {
      ...withPlugin,
      configuration: async (lab) => ({ ...analytics, ...accessLog, ...(await metrics.configuration(lab)) }),
      keepsLog: true,
      meanwhile: (gateway) => metrics.scrape(gateway),
      async verify(gateway) {
        await withPlugin.verify?.(gateway)
        expectThat(
          gateway,
          'a line of the access log',
          gateway.log().includes(`"path":"${measuredPath.split('?')[0]}"`),
          gateway.log(),
        )
        await metrics.expectCounts(gateway)
      },
    },
    requests,
    limits: { rateAtLeast: 0.62, cpuAtMost: 1.6 },
  },
]

async function createKeys(gateway: Gateway): Promise<void> {
  const session = {
    org_id: 'default',
    rate: PLENTY,
    per: 1,
    quota_max: PLENTY,
    quota_renewal_rate: 86_400,
    access_rights: { bench: { api_id: 'bench', api_name: 'bench', versions: ['Default'] } },
  }
  for (const key of keys) {
    const { status, body } = await gateway.ask(`/tyk/keys/${key}`, { method: 'POST', body: JSON.stringify(session) })
    expectThat(gateway, `the key ${key} to be made`, status === 200, body)
  }
}

async function expectKeys(gateway: Gateway): Promise<void> {
  await expectStatus(gateway, measuredPath, 401)
  const left = async () => {
    const { status, headers } = await gateway.ask(measuredPath, { headers: first })
    expectEqual(gateway, 'the status with a key', status, 200)
    return Number(headers['x-ratelimit-remaining'])
  }
  const before = await left()
  expectEqual(gateway, 'what is left of the quota after one more request', await left(), before - 1)
}

/** Records are written a moment after their requests. */
async function expectAnalytics(gateway: Gateway, requests: number): Promise<string | undefined> {
  const count = async () => {
    const { status, body } = await gateway.ask('/tyk/analytics?api=bench')
    expectThat(gateway, 'an answer of the analytics', status === 200, body)
    return (JSON.parse(body) as { total: { requests: number } }).total.requests
  }
  const deadline = Date.now() + WRITTEN_WITHIN_MS
  let recorded = await count()
  while (recorded < requests && Date.now() < deadline) {
    await sleep(500)
    recorded = await count()
  }
  expectThat(gateway, 'records of requests', recorded > 0, recorded)
  if (recorded >= requests) return undefined
  return `analytics had recorded ${Math.floor((100 * recorded) / requests)} % of the requests ${WRITTEN_WITHIN_MS / 1000} s later`
}
