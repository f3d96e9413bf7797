import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from './lab.ts'
import { type HeaderCount, requestText } from './requests.ts'

/** What wrk saw of one run: closed loop, one thread. Latencies in milliseconds. */
export interface Load {
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
export async function putLoad(lab: Lab, origin: string, headers: HeaderCount, seconds: number): Promise<Load> {
  const { connections, cores } = lab.settings
  const script = join(lab.folder, `request-${headers}.lua`)
  await writeFile(script, luaScript(headers))
  const command = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, origin]
  const child = lab.start('wrk', cores.load, command)
  await child.closed
  await lab.stop(child)
  const report = /^bench (\{.*\})$/m.exec(child.output)?.[1]
  if (report === undefined) throw new Error(`Run wrk failed. Its output: ${child.output.trim() || 'none'}`)
  const { errors, ...load } = JSON.parse(report) as Load & { errors: Record<string, number> }
  const failed = Object.entries(errors).filter(([, count]) => count > 0)
  if (failed.length > 0) {
    throw new Error(`Put load on ${origin} failed: ${failed.map(([kind, count]) => `${count} ${kind} errors`).join(', ')}`)
  }
  return load
}

/** The request as given, byte for byte (wrk's own table of headers has no order), and the figures as JSON. */
function luaScript(headers: HeaderCount): string {
  return `local request = ${JSON.stringify(requestText(headers))}
function wrk.init(args)
  wrk.request = function() return request end
end
function done(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    'bench {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, e.connect, e.read, e.write, e.status, e.timeout))
end
`
}
