import { failure } from '../errors.ts'
import type { ApiDefinition, Log, Session } from './contract/index.ts'

/** What `c.var` reads its reserved names from: they belong to the plugin that is running. */
export interface VariableSources {
  readonly config: unknown
  readonly log: Log
  readonly definition: ApiDefinition
  readonly session: Session | undefined
  readonly requestId: string
}

const RESERVED = ['config', 'log', 'definition', 'session', 'requestId'] as const

export function isReserved(name: string): name is keyof VariableSources {
  return (RESERVED as readonly string[]).includes(name)
}

/** @throws `plugin_variable_reserved` for a name that the gateway gives its own meaning */
export function refuseReserved(name: string): void {
  if (isReserved(name)) throw failure('plugin_variable_reserved', { name })
}

/** `c.var`: what plugins have set for one another, under the reserved names. */
export function variablesOf(sources: VariableSources, set: ReadonlyMap<string, unknown> | null): object {
  const variables = Object.create(null) as object
  for (const name of set?.keys() ?? []) Object.defineProperty(variables, name, { get: () => set?.get(name), enumerable: true })
  for (const name of RESERVED) Object.defineProperty(variables, name, { get: () => sources[name], enumerable: true })
  return variables
}
