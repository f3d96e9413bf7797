/** What the gateway is measured doing. A new row of the table is a new entry here. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** The definition's hooks: exported names of bench/plugins/headers. */
  readonly hooks: { readonly post?: readonly string[]; readonly response?: readonly string[] }
  /** Headers that must reach the upstream, and the client, lest a row shows the speed of work that was not done. */
  readonly upstreamSees?: Readonly<Record<string, string>>
  readonly clientSees?: Readonly<Record<string, string>>
}

const ten = Array.from({ length: 10 }, (_, i) => i + 1)

export const scenarios: readonly Scenario[] = [
  { name: 'keyless', title: 'keyless API, no plugin', hooks: {} },
  {
    name: 'one-header-plugin',
    title: 'one plugin that adds a request header',
    hooks: { post: ['AddFooBarHeader'] },
    upstreamSees: { Foo: 'Bar' },
  },
  {
    name: 'ten-header-plugins',
    title: 'ten plugins that each add a request header',
    hooks: { post: ten.map((n) => `AddHeader${n}`) },
    upstreamSees: Object.fromEntries(ten.map((n) => [`X-Plugin-${n}`, 'yes'])),
  },
  {
    name: 'response-header-plugin',
    title: 'one plugin that sets a response header',
    hooks: { response: ['SetResponseHeader'] },
    clientSees: { 'X-Served-By': 'postern' },
  },
]

export function findScenario(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  throw new Error(`Find the scenario "${name}" failed: expected ${scenarios.map((s) => s.name).join(', ')}`)
}
