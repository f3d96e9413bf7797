/** The system calls of a request, counted by strace: the first thing to look at, since they are most of its cost. */

import { setTimeout as sleep } from 'node:timers/promises'
import { openContenders } from './contenders.ts'
import type { Lab } from './lab.ts'
import type { Load } from './load/requests.ts'
import { putLoad } from './load/wrk.ts'
import { openUpstream } from './nginx.ts'
import { findScenario } from './scenarios/list.ts'
import type { OwnServer } from './server.ts'

export async function countSystemCalls(lab: Lab, name: string): Promise<void> {
  const upstream = await openUpstream(lab)
  const { control, candidate, load } = await openContenders(lab, upstream, findScenario(name))
  report(await traceProxy(lab, control, load(1)))
  await lab.stop(control.child)
  report(await traceProxy(lab, candidate, load(1)))
}

interface Trace {
  readonly name: string
  /** Calls for each request, by name. */
  readonly calls: readonly (readonly [string, number])[]
}

async function traceProxy(lab: Lab, proxy: OwnServer, load: Load): Promise<Trace> {
  await putLoad(lab, proxy.origin, load, lab.settings.warmUp)
  const strace = lab.start('strace', lab.settings.cores.load, ['strace', '-f', '-c', '-p', String(proxy.child.pid)])
  await sleep(500)
  const { requests } = await putLoad(lab, proxy.origin, load, lab.settings.seconds)
  process.kill(strace.pid, 'SIGINT')
  await strace.closed
  const rows = strace.output.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w+)$/gm)
  const calls = [...rows]
    .filter(([, , call]) => call !== 'total')
    .map(([, count, call]) => [call ?? '', Number(count) / requests] as const)
  if (calls.length === 0) throw new Error(`Trace ${proxy.name} failed. The output of strace: ${strace.output.trim() || 'none'}`)
  return { name: proxy.name, calls }
}

function report({ name, calls }: Trace): void {
  console.log(`\n${name}: system calls a request\n`)
  for (const [call, count] of calls.toSorted((a, b) => b[1] - a[1])) {
    if (count >= 0.001) console.log(`${count.toFixed(3).padStart(8)}  ${call}`)
  }
}
