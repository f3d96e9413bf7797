import { bodyScenarios } from './bodies.ts'
import { changeScenarios } from './changes.ts'
import { connectionScenarios } from './connections.ts'
import { keyScenarios } from './keys.ts'
import { pluginScenarios } from './plugins.ts'
import { routingScenarios } from './routing.ts'
import type { Scenario } from './scenario.ts'

/** Every row of the table; a new one is an entry in one of these lists. */
export const scenarios: readonly Scenario[] = [
  ...pluginScenarios,
  ...keyScenarios,
  ...routingScenarios,
  ...bodyScenarios,
  ...connectionScenarios,
  ...changeScenarios,
]

export function findScenario(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  throw new Error(`Find the scenario "${name}" failed: expected ${scenarios.map((s) => s.name).join(', ')}`)
}
