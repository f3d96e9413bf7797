import type { Scenario } from './scenario.ts'

/** The keyless API by way of other connections. */
export const connectionScenarios: readonly Scenario[] = [
  { name: 'one-connection', title: 'keyless, 1 connection', gateway: {}, headers: [12], connections: 1 },
  { name: 'thousand-connections', title: 'keyless, 1,000 connections', gateway: {}, headers: [12], connections: 1_000 },
  { name: 'tls', title: 'keyless, clients speak TLS', gateway: {}, headers: [12], tls: true },
]
