import type { Lab } from '../lab.ts'
import { type OpenLoad, type OpenRun, putOpenLoad } from '../load/open-loop.ts'
import type { Load } from '../load/requests.ts'
import { putLoad, rateOf } from '../load/wrk.ts'
import { warmUp } from '../measure.ts'
import { type Measurement, progress } from '../measurement.ts'
import { openPostern } from '../postern.ts'
import { compareFigures, type Figure } from '../report/results.ts'
import { summarise } from '../report/statistics.ts'
import { reload } from '../scenarios/changes.ts'
import { repeat } from '../scenarios/repeat.ts'
import { openPlainProxy, type Server } from '../server.ts'

const RELOAD_EVERY_MS = 1_000
/** More than are ever busy at half the rate. */
const CONNECTIONS = 256
/** Longer than other runs: a run has to have several reloads in it. */
const RUNS_LONGER = 2

/** Latency under half of what the gateway can do, quiet and with reloads, beside the plain proxy under the same load. */
export const latency: Measurement = {
  name: 'latency',
  title: 'p99 at half the maximum rate, open loop',
  seconds: (settings) => 3 * settings.pairs * (RUNS_LONGER * settings.seconds + 1) + 2 * settings.warmUp + settings.seconds + 5,
  async run({ lab, upstream }) {
    const plain = await openPlainProxy(lab, upstream)
    const gateway = await openPostern(lab, upstream, 'latency', {})
    const reloading: Server = { ...gateway, meanwhile: () => repeat(RELOAD_EVERY_MS, () => reload(gateway)) }
    const closed: Load = { requests: [{}], headers: 12, connections: lab.settings.connections }
    await warmUp(lab, plain, closed)
    await warmUp(lab, gateway, closed)
    const report = await putLoad(lab, gateway.origin, closed, lab.settings.seconds)
    const rate = Math.round(rateOf(gateway.origin, report) / 2)
    progress(`at ${rate} requests a second`)
    const runs = await takeTurns(lab, [plain, gateway, reloading], {
      request: {},
      headers: 12,
      rate,
      seconds: RUNS_LONGER * lab.settings.seconds,
      connections: CONNECTIONS,
    })
    return { figures: figuresOf(runs as [OpenRun[], OpenRun[], OpenRun[]]) }
  },
}

async function takeTurns(lab: Lab, servers: readonly Server[], load: OpenLoad): Promise<OpenRun[][]> {
  const runs: OpenRun[][] = servers.map(() => [])
  for (let round = 0; round < lab.settings.pairs; round++) {
    for (const [i, server] of servers.entries()) runs[i]?.push(await putOpenLoad(lab, server, load))
  }
  return runs
}

function figuresOf([plain, quiet, reloading]: readonly [OpenRun[], OpenRun[], OpenRun[]]): Figure[] {
  const of = (runs: readonly OpenRun[], key: 'p50' | 'p99' | 'p999' | 'lateP99') => runs.map((run) => run[key])
  const against = (key: 'p50' | 'p99' | 'p999') => ({ title: 'plain proxy', values: of(plain, key) })
  const p99 = compareFigures(
    { name: 'latency-p99', title: 'p99 at half the maximum rate', unit: 'ms' },
    of(quiet, 'p99'),
    against('p99'),
  )
  const p999 = compareFigures(
    { name: 'latency-p999', title: 'p99.9 at half the maximum rate', unit: 'ms' },
    of(quiet, 'p999'),
    against('p999'),
  )
  const reloaded = compareFigures(
    { name: 'latency-p99-reloads', title: 'the same with a reload every second', unit: 'ms' },
    of(reloading, 'p99'),
    { title: 'quiet', values: of(quiet, 'p99') },
  )
  const theirs = p99.against.value.median
  const own = p99.value.median
  return [
    compareFigures({ name: 'latency-p50', title: 'p50 at half the maximum rate', unit: 'ms' }, of(quiet, 'p50'), against('p50')),
    { ...p99, limit: { atMost: Math.max(1.5 * theirs, theirs + 1), rule: '1.5 times, or 1 ms more' }, wavers: true },
    { ...p999, wavers: true },
    { ...reloaded, limit: { atMost: Math.max(2 * own, own + 3), rule: 'twice, or 3 ms more' }, wavers: true },
    {
      name: 'latency-generator',
      title: 'how late 99 of 100 requests left, by the generator alone',
      unit: 'ms',
      value: summarise(of([...plain, ...quiet, ...reloading], 'lateP99')),
    },
  ]
}
