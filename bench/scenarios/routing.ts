import { definition } from '../definition.ts'
import type { RequestSpec } from '../load/requests.ts'
import type { Gateway } from '../postern.ts'
import { expectEqual, expectThat } from './expect.ts'
import type { Definition, Scenario } from './scenario.ts'

const APIS = 1_000
const RULES_OF_A_KIND = 203
const PATHS = 10_000
/** A rule lets bodies of so many bytes through. */
const SIZE_LIMIT = 10

const numbers = Array.from({ length: APIS }, (_, i) => i)
const idOf = (i: number) => `api-${String(i).padStart(5, '0')}`

/** So many definitions, of about 1.5 KB each where `padded`. */
export function manyDefinitions(upstream: string, count: number, padded = false): Definition[] {
  const fields = { config_data: { note: 'x'.repeat(1_050) } }
  return Array.from({ length: count }, (_, i) => definition(upstream, { id: idOf(i), ...(padded && { fields }) }))
}

export function pathOfApi(i: number): string {
  return `/${idOf(i)}/items/42?fields=name,price`
}

/** A third each of literal paths, paths with a parameter, and regular expressions. */
const rules = Array.from({ length: RULES_OF_A_KIND }, (_, i) => [
  `/service-${i}/health`,
  `/service-${i}/items/{id}/parts/{id}`,
  `^/v[0-9]+/reports/(daily|weekly)/r${i}$`,
]).flat()

/** A quarter each of paths of the three kinds of rules, and of none. Some of the numbers have no rule. */
const paths = Array.from({ length: PATHS }, (_, i) => {
  const number = i % 250
  const kinds = [
    `/service-${number}/health?n=${i}`,
    `/service-${number}/items/${i}/parts/x${i}`,
    `/v${i}/reports/daily/r${number}`,
    `/other/${i}/service-${number}/healthy`,
  ]
  return `/bench${kinds[i % 4]}`
})

async function expectRules(gateway: Gateway): Promise<void> {
  const body = 'x'.repeat(SIZE_LIMIT + 1)
  const [literal, parameter, expression, none] = [
    '/service-7/health',
    '/service-7/items/1/parts/2',
    '/v1/reports/daily/r7',
    '/other',
  ]
  for (const path of [literal, parameter, expression]) {
    const { status } = await gateway.ask(`/bench${path}`, { method: 'GET', body })
    expectEqual(gateway, `the status of a large GET of ${path}`, status, 400)
  }
  const { status } = await gateway.ask(`/bench${none}`, { method: 'GET', body })
  expectEqual(gateway, 'the status of a large GET without a rule', status, 200)
}

/** Many APIs, many rules: what it costs to find the right one. */
export const routingScenarios: readonly Scenario[] = [
  {
    name: 'many-apis',
    title: '1,000 APIs against one',
    gateway: {
      definitions: (upstream) => manyDefinitions(upstream, APIS),
      async verify(gateway) {
        const { body } = await gateway.ask('/tyk/apis')
        expectThat(gateway, `${APIS} APIs`, (JSON.parse(body) as unknown[]).length === APIS, body)
      },
    },
    control: {
      title: 'one API',
      definitions: (upstream) => [definition(upstream, { fields: { proxy: everyListenPath(upstream) } })],
    },
    requests: numbers.map((i): RequestSpec => ({ path: pathOfApi(i) })),
    limits: { rateAtLeast: 0.94, cpuAtMost: 1.06 },
  },
  {
    name: 'many-rules',
    title: '609 rules and 10,000 paths against none',
    gateway: {
      definitions: (upstream) => [
        definition(upstream, {
          paths: { size_limits: rules.map((path) => ({ path, method: 'GET', size_limit: SIZE_LIMIT })) },
        }),
      ],
      verify: expectRules,
    },
    control: { title: 'no rules' },
    requests: paths.map((path): RequestSpec => ({ path })),
    limits: { rateAtLeast: 0.9, cpuAtMost: 1.12 },
  },
]

/** The same requests, all of them for one API. */
function everyListenPath(upstream: string): object {
  return { listen_path: '/', target_url: `${upstream}/`, strip_listen_path: true }
}
