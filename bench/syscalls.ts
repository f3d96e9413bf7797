/** The system calls of a request, counted by strace: the first thing to look at, since they are most of its cost. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from './lab.ts'
import { openUpstream } from './nginx.ts'
import { openPostern } from './postern.ts'
import { findScenario } from './scenarios.ts'
import { openPlainProxy, type Server } from './server.ts'
import { putLoad } from './wrk.ts'

export async function countSystemCalls(lab: Lab, name: string): Promise<void> {
  const upstream = await openUpstream(lab)
  const plain = await openPlainProxy(lab, upstream)
  report(await traceProxy(lab, plain))
  await lab.stop(plain.child)
  if (name !== 'plain') report(await traceProxy(lab, await openPostern(lab, upstream, findScenario(name))))
}

interface Trace {
  readonly name: string
  /** Calls for each request, by name. */
  readonly calls: readonly (readonly [string, number])[]
}

async function traceProxy(lab: Lab, proxy: Server): Promise<Trace> {
  await putLoad(lab, proxy.origin, 1, lab.settings.warmUp)
  const strace = lab.start('strace', lab.settings.cores.load, ['strace', '-f', '-c', '-p', String(proxy.child.pid)])
  await sleep(500)
  const { requests } = await putLoad(lab, proxy.origin, 1, lab.settings.seconds)
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
