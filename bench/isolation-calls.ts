import { Agent } from 'node:http'
import { join } from 'node:path'
import { loadConfig } from '../src/control/config/load.ts'
import { type Gateway, openGateway } from '../src/gateway.ts'
import { openLog } from '../src/log.ts'
import { ask, writeApi } from './isolation-api.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** What a call costs in a worker and inline. Client and gateway are one process, so the difference is what counts. */
export async function measureCalls(folder: string): Promise<void> {
  await writeApi(folder, 'inline', 'Answer', {})
  await writeApi(folder, 'worker', 'Answer', { isolation: 'worker' })
  const config = await loadConfig({ file: join(folder, 'gateway.conf'), env: {} })
  const gateway = await openGateway({ config, log: await openLog({ level: 'silent', format: 'json' }) })
  try {
    for (const api of ['inline', 'worker', 'inline', 'worker']) await request(gateway, api, 2_000, 1)
    for (const concurrency of [1, 8, 64]) console.log(await compare(gateway, concurrency))
    await measureStarts(gateway, folder)
  } finally {
    await gateway.close()
    agent.destroy()
  }
}

interface Cost {
  /** Microseconds per request. */
  readonly wall: number
  readonly cpu: number
}

/** Pairs of runs, one straight after the other; the cheapest of each kind. */
async function compare(gateway: Gateway, concurrency: number): Promise<string> {
  const inline: Cost[] = []
  const worker: Cost[] = []
  for (let i = 0; i < 8; i += 1) {
    inline.push(await request(gateway, 'inline', 4_000, concurrency))
    worker.push(await request(gateway, 'worker', 4_000, concurrency))
  }
  const more = (figure: keyof Cost) =>
    Math.min(...worker.map((one) => one[figure])) - Math.min(...inline.map((one) => one[figure]))
  return `a call, ${concurrency} at a time: ${more('wall').toFixed(0)} µs more, CPU ${more('cpu').toFixed(0)} µs more than inline`
}

async function request({ port }: Gateway, api: string, count: number, concurrency: number): Promise<Cost> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let left = count
  const client = async () => {
    for (; left > 0; left -= 1) await ask(port, api, agent)
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  const { user, system } = process.cpuUsage(cpu)
  return { wall: ((performance.now() - start) * 1000) / count, cpu: (user + system) / count }
}

/** Each limit makes a worker of its own. */
async function measureStarts(gateway: Gateway, folder: string): Promise<void> {
  const workers = 8
  const memory = process.memoryUsage.rss()
  for (let i = 0; i < workers; i += 1) await writeApi(folder, `more-${i}`, 'Answer', { isolation: 'worker', memory_mb: 33 + i })
  const cpu = process.cpuUsage()
  const start = performance.now()
  await gateway.reload()
  const { user, system } = process.cpuUsage(cpu)
  const [wall, spent] = [(performance.now() - start) / workers, (user + system) / 1000 / workers]
  const mb = (process.memoryUsage.rss() - memory) / 2 ** 20 / workers
  console.log(`a worker: ${wall.toFixed(0)} ms to start (CPU ${spent.toFixed(0)} ms), ${mb.toFixed(1)} MB`)
}
