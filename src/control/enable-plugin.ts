import type { Quarantine } from '../plugin/quarantine.ts'
import type { PluginRegistry } from '../plugin/registry.ts'
import type { CompiledApi } from './compile-api.ts'

export interface EnableTools {
  readonly apis: readonly CompiledApi[]
  readonly registry: PluginRegistry
  readonly quarantine: Quarantine
  reload(): Promise<unknown>
}

/**
 * Has a plugin called again, whether its breaker is open or it is blamed for the end of a process.
 *
 * @param id of one use of a plugin, or of an artifact, which means every use of it
 * @returns false if nothing has this id
 */
export async function enablePlugin(id: string, { apis, registry, quarantine, reload }: EnableTools): Promise<boolean> {
  const { artifacts } = registry.status()
  const file = artifacts.find(({ artifact, serving }) => serving && artifact.stamp.sha256.slice(0, id.length) === id)?.file
  const uses = apis.flatMap((api) => api.uses).filter((use) => use.state.identity.id === id || use.file === file)
  for (const { state } of uses) state.enable()
  const lifted = uses.map((use) => quarantine.lift(use.file))
  if (lifted.includes(true)) await reload()
  return uses.length > 0
}
