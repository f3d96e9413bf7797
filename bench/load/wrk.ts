import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../lab.ts'
import { headText, type Load } from './requests.ts'

/** What wrk saw of one run: closed loop, one thread. Latencies in milliseconds. */
export interface LoadReport {
  readonly requests: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/**
 * Puts load on `origin` for some seconds, from the core that the proxy does not use. Fails where a single request
 * did: a rate of errors is no rate.
 */
export async function putLoad(lab: Lab, origin: string, load: Load, seconds: number): Promise<LoadReport> {
  const script = await writeScript(lab, load)
  const command = ['wrk', '-t1', `-c${load.connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, origin]
  const child = lab.start('wrk', lab.settings.cores.load, command)
  await child.closed
  await lab.stop(child)
  const report = /^bench (\{.*\})$/m.exec(child.output)?.[1]
  if (report === undefined) throw new Error(`Run wrk failed. Its output: ${child.output.trim() || 'none'}`)
  const { errors, ...seen } = JSON.parse(report) as LoadReport & { errors: Record<string, number> }
  const failed = Object.entries(errors).filter(([, count]) => count > 0)
  if (failed.length > 0) {
    throw new Error(`Put load on ${origin} failed: ${failed.map(([kind, count]) => `${count} ${kind} errors`).join(', ')}`)
  }
  return seen
}

/** Requests a second: a run that has to have some. */
export function rateOf(origin: string, { requests, seconds }: LoadReport): number {
  if (requests === 0) throw new Error(`Measure ${origin} failed: no request was answered within ${seconds.toFixed(1)} s`)
  return requests / seconds
}

const scripts = new WeakMap<Load, string>()
let written = 0

async function writeScript(lab: Lab, load: Load): Promise<string> {
  const known = scripts.get(load)
  if (known !== undefined) return known
  written += 1
  const file = join(lab.folder, `load-${written}.lua`)
  await writeFile(file, luaScript(load))
  scripts.set(load, file)
  return file
}

/** The requests as given, byte for byte (wrk's own table of headers has no order), and the figures as JSON. */
function luaScript({ requests, headers }: Load): string {
  const texts = requests.map((request) => {
    const head = JSON.stringify(headText(request, headers))
    return request.body === undefined ? head : `${head} .. string.rep("x", ${request.body})`
  })
  return `local requests = {
${texts.join(',\n')}
}
local sent = 0
${requests.length > 1 ? manyRequests : oneRequest}
function done(summary, latency)
  local e = summary.errors
  print(string.format(
    'bench {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, e.connect, e.read, e.write, e.status, e.timeout))
end
`
}

/** Read once, by all connections. */
const oneRequest = `function wrk.init(args)
  wrk.request = function() return requests[1] end
end`

/** Called for each request. */
const manyRequests = `function request()
  sent = sent % #requests + 1
  return requests[sent]
end`
