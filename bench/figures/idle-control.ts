import { measurePairs } from '../measure.ts'
import type { Measurement } from '../measurement.ts'
import { compareFigures } from '../report/results.ts'
import { openPlainProxy } from '../server.ts'
import { fewer } from '../settings.ts'

/** About what a key, its limits and its record take. */
const IDLE_US = 20

/**
 * What a microsecond more of work costs: with it the others sleep more often between requests, and whoever writes to a process
 * that sleeps has it woken. Differences in CPU time are to be read by that.
 */
export const idleControl: Measurement = {
  name: 'idle-control',
  title: `CPU time a request of the plain proxy that does nothing for ${IDLE_US} µs in each`,
  seconds: (settings) => 2 * (settings.warmUp + fewer(settings) * (settings.seconds + 0.2)) + 3,
  async run({ lab, upstream }) {
    const control = await openPlainProxy(lab, upstream)
    const candidate = await openPlainProxy(lab, upstream, { idleUs: IDLE_US })
    const load = { requests: [{}], headers: 1, connections: lab.settings.connections } as const
    const pairs = await measurePairs(lab, { control, candidate, load, pairs: fewer(lab.settings) })
    const cpuOf = (side: 'control' | 'candidate') => pairs.map((pair) => pair[side].cpu ?? 0)
    const about = { name: this.name, title: this.title, unit: 'µs' } as const
    return { figures: [compareFigures(about, cpuOf('candidate'), { title: 'plain proxy', values: cpuOf('control') })] }
  },
}
