import { putOpenLoad } from '../load/open-loop.ts'
import { putLoad, rateOf } from '../load/wrk.ts'
import { warmUp } from '../measure.ts'
import { type Measurement, progress } from '../measurement.ts'
import { openPostern } from '../postern.ts'
import { compareFigures } from '../report/results.ts'

/** What it costs to serve with two processes: CPU time of all of them, at a load that both bear. */
export const workers: Measurement = {
  name: 'two-workers',
  title: 'CPU time a request of two workers, against one',
  seconds: (settings) => 2 * settings.pairs * (2 * settings.seconds + 1) + 3 * settings.warmUp + settings.seconds + 6,
  async run({ lab, upstream }) {
    const open = (count: number) => {
      return openPostern(
        lab,
        upstream,
        `workers-${count}`,
        { configuration: async () => ({ workers: count }) },
        { supervised: true },
      )
    }
    const [one, two] = [await open(1), await open(2)]
    const closed = { requests: [{}], headers: 12, connections: lab.settings.connections } as const
    await warmUp(lab, one, closed)
    // Each of the two gets half of it.
    for (let i = 0; i < 2; i++) await warmUp(lab, two, closed)
    const report = await putLoad(lab, one.origin, closed, lab.settings.seconds)
    const load = {
      request: {},
      headers: 12,
      rate: Math.round(rateOf(one.origin, report) / 2),
      seconds: 2 * lab.settings.seconds,
      connections: closed.connections,
    } as const
    progress(`at ${load.rate} requests a second`)
    const cpu: { one: number[]; two: number[] } = { one: [], two: [] }
    for (let round = 0; round < lab.settings.pairs; round++) {
      cpu.one.push((await putOpenLoad(lab, one, load)).cpu)
      cpu.two.push((await putOpenLoad(lab, two, load)).cpu)
    }
    const about = { name: 'two-workers', title: this.title, unit: 'µs' } as const
    const figure = compareFigures(about, cpu.two, { title: 'one worker', values: cpu.one })
    return { figures: [{ ...figure, limit: { atMost: 1.15 * figure.against.value.median, rule: '1.15 times' } }] }
  },
}
