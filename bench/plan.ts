import { controls } from './controls.ts'
import { figures } from './figures/list.ts'
import { measurementOf } from './measure-scenario.ts'
import type { Measurement } from './measurement.ts'
import { peers } from './peers/measure-peers.ts'
import { scenarios } from './scenarios/list.ts'

/** Everything that can be measured, in its order. */
export function plan(): readonly Measurement[] {
  return [...scenarios.map(measurementOf), ...figures, ...peers(process.env), controls]
}

export function choose(names: readonly string[]): readonly Measurement[] {
  const all = plan()
  if (names.length === 0) return all
  return names.flatMap((name) => {
    const found = all.filter((one) => one.name === name || one.group === name)
    if (found.length > 0) return found
    const known = new Set(all.flatMap((one) => [one.group ?? one.name, one.name]))
    throw new Error(`Find the measurement "${name}" failed: expected ${[...known].join(', ')}`)
  })
}
