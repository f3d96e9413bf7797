import { definition } from '../definition.ts'
import { buildPlugins, type Gateway } from '../postern.ts'
import { measuredPath } from '../server.ts'
import { expectThat } from './expect.ts'
import { repeat } from './repeat.ts'
import type { Scenario } from './scenario.ts'

const EVERY_MS = 100
const versions = ['version-1', 'version-2'] as const

const withPlugin = {
  plugins: 'version-1',
  definitions: (upstream: string) => [definition(upstream, { hooks: { response: ['SetResponseHeader'] } })],
}

export async function reload(gateway: Gateway): Promise<void> {
  const { status, body } = await gateway.ask('/tyk/reload')
  expectThat(gateway, 'a reload that succeeds', status === 200, body)
}

/** What the traffic feels of a gateway that changes. */
export const changeScenarios: readonly Scenario[] = [
  {
    name: 'reload-every-100ms',
    title: 'a reload every 100 ms against none',
    gateway: { ...withPlugin, meanwhile: (gateway) => repeat(EVERY_MS, () => reload(gateway)) },
    control: { title: 'no reload', ...withPlugin },
    headers: [12],
  },
  {
    name: 'replace-every-100ms',
    title: 'a plugin replaced every 100 ms against never',
    gateway: {
      ...withPlugin,
      meanwhile(gateway) {
        let turn = 0
        return repeat(EVERY_MS, () => replace(gateway, ++turn))
      },
    },
    control: { title: 'never replaced', ...withPlugin },
    headers: [12],
  },
]

/** The new version has to serve once the reload is through. */
async function replace(gateway: Gateway, turn: number): Promise<void> {
  const version = versions[turn % 2] as (typeof versions)[number]
  gateway.replacePlugin(await buildPlugins(gateway.lab, version))
  await reload(gateway)
  const { headers } = await gateway.ask(measuredPath)
  expectThat(gateway, version, headers['x-served-by'] === version.replace('-', ' '), headers['x-served-by'])
}
