import type { Lab } from './lab.ts'
import { readCoreUse } from './machine.ts'
import type { HeaderCount } from './requests.ts'
import type { Server } from './server.ts'
import { putLoad } from './wrk.ts'

/** One run of load on one proxy. */
export interface Run {
  /** Requests a second. */
  readonly rate: number
  /** CPU time of the proxy in microseconds for each request, all threads and processes. */
  readonly cpu: number
  /** Latencies in milliseconds; the loop is closed, so they are those of a saturated proxy. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Resident memory in bytes, after the run. */
  readonly memory: number
  /** Share of the proxy's core that something else used meanwhile; above a few hundredths the run is worth little. */
  readonly disturbance: number
}

/** Two proxies measured one after the other, so that what the machine does meanwhile touches both. */
export interface Pair {
  readonly control: Run
  readonly candidate: Run
}

export async function measurePairs(lab: Lab, control: Server, candidate: Server, headers: HeaderCount): Promise<Pair[]> {
  const { warmUp, pairs } = lab.settings
  await putLoad(lab, control.origin, headers, warmUp)
  await putLoad(lab, candidate.origin, headers, warmUp)
  const measured: Pair[] = []
  for (let i = 0; i < pairs; i++) measured.push(await measurePair(lab, control, candidate, headers, i % 2 === 1))
  return measured
}

/** Measures one proxy alone. */
export async function measureRuns(lab: Lab, proxy: Server, headers: HeaderCount, times: number): Promise<Run[]> {
  await putLoad(lab, proxy.origin, headers, 1)
  const runs: Run[] = []
  for (let i = 0; i < times; i++) runs.push(await measureRun(lab, proxy, headers))
  return runs
}

async function measurePair(lab: Lab, control: Server, candidate: Server, headers: HeaderCount, swap: boolean): Promise<Pair> {
  const first = await measureRun(lab, swap ? candidate : control, headers)
  const second = await measureRun(lab, swap ? control : candidate, headers)
  return swap ? { control: second, candidate: first } : { control: first, candidate: second }
}

async function measureRun(lab: Lab, proxy: Server, headers: HeaderCount): Promise<Run> {
  const { cores, seconds } = lab.settings
  const [cpuBefore, coreBefore] = [proxy.child.cpuTime(), readCoreUse(cores.proxy)]
  const load = await putLoad(lab, proxy.origin, headers, seconds)
  const [cpuAfter, coreAfter] = [proxy.child.cpuTime(), readCoreUse(cores.proxy)]
  const used = cpuAfter - cpuBefore
  return {
    rate: load.requests / load.seconds,
    cpu: used / load.requests,
    p50: load.p50,
    p99: load.p99,
    p999: load.p999,
    memory: proxy.child.residentMemory(),
    disturbance: Math.max(0, coreAfter - coreBefore - used) / (load.seconds * 1_000_000),
  }
}
