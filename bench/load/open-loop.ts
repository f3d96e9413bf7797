import { join } from 'node:path'
import type { Lab } from '../lab.ts'
import type { Server } from '../server.ts'
import { type HeaderCount, headText, type RequestSpec } from './requests.ts'

/** Requests that leave at fixed times, whether or not those before them have been answered. */
export interface OpenLoad {
  readonly request: RequestSpec
  readonly headers: HeaderCount
  /** Requests a second. */
  readonly rate: number
  readonly seconds: number
  /** Connections there are; a request that finds none idle waits, and that time is part of its latency. */
  readonly connections: number
}

/** Latencies in milliseconds, from the time at which a request was due. */
export interface OpenReport {
  readonly requests: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** By how much 99 of 100 requests at most left late although a connection was idle: the generator's own fault. */
  readonly lateP99: number
}

/** The same with what the proxy used for it. */
export interface OpenRun extends OpenReport {
  /** CPU time for each request, in microseconds, of all of its processes. */
  readonly cpu: number
}

/** What the generator is told, as JSON. */
export interface OpenOrder {
  readonly port: number
  readonly text: string
  readonly rate: number
  readonly seconds: number
  readonly connections: number
}

/** Fails where a single request did. */
export async function putOpenLoad(lab: Lab, { origin, child, meanwhile }: Server, load: OpenLoad): Promise<OpenRun> {
  const { request, headers, ...rest } = load
  const order: OpenOrder = { ...rest, port: Number(new URL(origin).port), text: headText(request, headers) }
  const program = join(import.meta.dirname, 'open-loop-generator.ts')
  const before = child?.cpuTime() ?? 0
  const end = meanwhile?.()
  const generator = lab.start('open loop', lab.settings.cores.load, [process.execPath, program, JSON.stringify(order)])
  await generator.closed
  await lab.stop(generator)
  await end?.()
  const used = (child?.cpuTime() ?? 0) - before
  const text = /^bench (\{.*\})$/m.exec(generator.output)?.[1]
  if (text === undefined) throw new Error(`Put open load on ${origin} failed: ${generator.output.trim() || 'no report'}`)
  const report = JSON.parse(text) as OpenReport
  return { ...report, cpu: used / report.requests }
}
