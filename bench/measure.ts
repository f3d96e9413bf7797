import type { Lab } from './lab.ts'
import type { Load } from './load/requests.ts'
import { putLoad, rateOf } from './load/wrk.ts'
import { readCoreUse } from './machine.ts'
import type { Server } from './server.ts'

/** One run of load on one proxy. */
export interface Run {
  /** Requests a second. */
  readonly rate: number
  /** CPU time of the proxy in microseconds for each request, all threads and processes; null where it is not known. */
  readonly cpu: number | null
  /** Share of its core that the proxy used; 1 is saturated, and 0 stands for a process that is not known. */
  readonly busy: number
  /** Latencies in milliseconds; the loop is closed, so they are those of a saturated proxy. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Resident memory in bytes, after the run; null where it is not known. */
  readonly memory: number | null
  /** Share of the proxy's core that something else used meanwhile; above a few hundredths the run is worth little. */
  readonly disturbance: number
}

/** Two proxies measured one after the other, so that what the machine does meanwhile touches both. */
export interface Pair {
  readonly control: Run
  readonly candidate: Run
}

export interface Contest {
  readonly control: Server
  readonly candidate: Server
  readonly load: Load
  readonly pairs: number
}

export async function measurePairs(lab: Lab, contest: Contest): Promise<Pair[]> {
  const { control, candidate, load, pairs } = contest
  await warmUp(lab, control, load)
  await warmUp(lab, candidate, load)
  const measured: Pair[] = []
  for (let i = 0; i < pairs; i++) measured.push(await measurePair(lab, contest, i % 2 === 1))
  return measured
}

/** Measures one proxy alone. */
export async function measureRuns(lab: Lab, proxy: Server, load: Load, times: number): Promise<Run[]> {
  await putLoad(lab, proxy.origin, load, 1)
  const runs: Run[] = []
  for (let i = 0; i < times; i++) runs.push(await measureRun(lab, proxy, load))
  return runs
}

/** Load that does not count, but goes on as it will. */
export async function warmUp(lab: Lab, { origin, meanwhile }: Server, load: Load): Promise<void> {
  const end = meanwhile?.()
  await putLoad(lab, origin, load, lab.settings.warmUp)
  await end?.()
}

async function measurePair(lab: Lab, { control, candidate, load }: Contest, swap: boolean): Promise<Pair> {
  const first = await measureRun(lab, swap ? candidate : control, load)
  const second = await measureRun(lab, swap ? control : candidate, load)
  return swap ? { control: second, candidate: first } : { control: first, candidate: second }
}

async function measureRun(lab: Lab, { origin, child, meanwhile }: Server, load: Load): Promise<Run> {
  const { cores, seconds } = lab.settings
  const [cpuBefore, coreBefore] = [child?.cpuTime() ?? 0, readCoreUse(cores.proxy)]
  const end = meanwhile?.()
  const report = await putLoad(lab, origin, load, seconds)
  await end?.()
  const [cpuAfter, coreAfter] = [child?.cpuTime() ?? 0, readCoreUse(cores.proxy)]
  const used = cpuAfter - cpuBefore
  return {
    rate: rateOf(origin, report),
    cpu: child && used / report.requests,
    busy: used / (report.seconds * 1_000_000),
    p50: report.p50,
    p99: report.p99,
    p999: report.p999,
    memory: child ? child.residentMemory() : null,
    disturbance: child ? Math.max(0, coreAfter - coreBefore - used) / (report.seconds * 1_000_000) : 0,
  }
}
