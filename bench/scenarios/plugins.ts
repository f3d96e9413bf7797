import { definition } from '../definition.ts'
import { measuredPath } from '../server.ts'
import { expectClientSees, expectEqual, expectStatus, expectThat, expectUpstreamSees } from './expect.ts'
import type { Scenario } from './scenario.ts'

const ten = Array.from({ length: 10 }, (_, i) => i + 1)
const recordPath = '/bench/record'
const key = { Authorization: 'bench-key' }

/** One API without anything, and the same with plugins. */
export const pluginScenarios: readonly Scenario[] = [
  { name: 'keyless', title: 'keyless API, no plugin', gateway: {}, limits: { rateAtLeast: 0.92, cpuAtMost: 1.1 } },
  {
    name: 'one-header-plugin',
    title: 'one plugin that adds a request header',
    gateway: {
      plugins: 'headers',
      definitions: (upstream) => [definition(upstream, { hooks: { post: ['AddFooBarHeader'] } })],
      verify: (gateway) => expectUpstreamSees(gateway, { Foo: 'Bar' }),
    },
    limits: { rateAtLeast: 0.85, cpuAtMost: 1.2 },
  },
  {
    name: 'ten-header-plugins',
    title: 'ten plugins that each add a request header',
    gateway: {
      plugins: 'headers',
      definitions: (upstream) => [definition(upstream, { hooks: { post: ten.map((n) => `AddHeader${n}`) } })],
      verify: (gateway) => expectUpstreamSees(gateway, Object.fromEntries(ten.map((n) => [`X-Plugin-${n}`, 'yes']))),
    },
    limits: { rateAtLeast: 0.7, cpuAtMost: 1.45 },
  },
  {
    name: 'response-header-plugin',
    title: 'one plugin that sets a response header',
    gateway: {
      plugins: 'headers',
      definitions: (upstream) => [definition(upstream, { hooks: { response: ['SetResponseHeader'] } })],
      verify: (gateway) => expectClientSees(gateway, { 'X-Served-By': 'postern' }),
    },
    limits: { rateAtLeast: 0.82, cpuAtMost: 1.25 },
  },
  {
    name: 'auth-check-plugin',
    title: 'auth_check plugin that sets a session',
    gateway: {
      plugins: 'features',
      definitions: (upstream) => [
        definition(upstream, {
          hooks: { auth_check: 'Authenticate' },
          fields: { use_keyless: false, custom_plugin_auth_enabled: true },
        }),
      ],
      async verify(gateway) {
        await expectStatus(gateway, measuredPath, 403)
        expectEqual(gateway, 'the status with a key', (await gateway.ask(measuredPath, { headers: key })).status, 200)
      },
    },
    requests: [{ headers: key }],
    headers: [12],
  },
  {
    name: 'json-plugin',
    title: 'response plugin that rewrites 2 KB of JSON',
    gateway: {
      plugins: 'features',
      definitions: (upstream) => [definition(upstream, { hooks: { response: ['RewriteRecord'] } })],
      async verify(gateway) {
        const { body } = await gateway.ask(recordPath)
        expectThat(gateway, 'a total and nothing internal', body.includes('"total":22219') && !body.includes('internal'), body)
      },
    },
    requests: [{ path: recordPath }],
    headers: [12],
  },
  {
    name: 'worker-plugin',
    title: 'one header plugin that runs in a worker',
    gateway: {
      plugins: 'headers',
      definitions: (upstream) => [definition(upstream, { hooks: { post: ['AddFooBarHeader'] }, use: { isolation: 'worker' } })],
      verify: (gateway) => expectUpstreamSees(gateway, { Foo: 'Bar' }),
    },
    headers: [12],
  },
]
