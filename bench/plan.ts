import { controls } from './controls.ts'
import { figures } from './figures/list.ts'
import { measurementOf } from './measure-scenario.ts'
import type { Measurement } from './measurement.ts'
import { peers } from './peers/measure-peers.ts'
import { scenarios } from './scenarios/list.ts'

/** Everything that can be measured, in its order. */
export function plan(): readonly Measurement[] {
  return [...scenarios.map(measurementOf), ...figures, peers, controls]
}

export function choose(names: readonly string[]): readonly Measurement[] {
  const all = plan()
  if (names.length === 0) return all
  return names.map((name) => {
    const found = all.find((one) => one.name === name)
    if (found) return found
    throw new Error(`Find the measurement "${name}" failed: expected ${all.map((one) => one.name).join(', ')}`)
  })
}
