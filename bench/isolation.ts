/**
 * `node bench/isolation.ts`: what it costs to run a plugin in a worker, and whether one that loops there is felt elsewhere.
 * Everything is one process, so differences between inline and worker are what counts.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { compile } from '../src/compiler/compile.ts'
import { loadConfig } from '../src/control/config/load.ts'
import { type Gateway, openGateway } from '../src/gateway.ts'
import { openLog } from '../src/log.ts'

const PLUGIN = `
import type { Plugin } from 'postern/plugin'
export const Answer: Plugin = (c) => { c.header('X-Seen', String(c.req.header('x-0'))); return c.text('ok') }
export const Loop: Plugin = () => { for (;;); }
`
const headers = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-${i}`, `value ${i}`]))
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

const folder = await mkdtemp(join(tmpdir(), 'postern-bench-isolation-'))
try {
  await prepare()
  await measure()
} finally {
  await rm(folder, { recursive: true })
}

async function prepare(): Promise<void> {
  await mkdir(join(folder, 'source'))
  await mkdir(join(folder, 'apps'))
  await writeFile(join(folder, 'source/plugin.ts'), PLUGIN)
  await compile({ source: join(folder, 'source'), output: join(folder, 'plugin.js') })
  await writeFile(join(folder, 'gateway.conf'), JSON.stringify({ listen_port: 0, secret: 'bench' }))
  await writeApi('inline', 'Answer', {})
  await writeApi('worker', 'Answer', { isolation: 'worker' })
  await writeApi('loop', 'Loop', { isolation: 'worker', cpu_ms: 100 })
}

function writeApi(id: string, name: string, fields: object): Promise<void> {
  const api = {
    name: id,
    api_id: id,
    use_keyless: true,
    proxy: { listen_path: `/${id}/`, target_url: 'http://127.0.0.1:1', strip_listen_path: true },
    custom_middleware: { driver: 'jsplugin', pre: [{ name, path: 'plugin.js', ...fields }] },
  }
  return writeFile(join(folder, 'apps', `${id}.json`), JSON.stringify(api))
}

async function measure(): Promise<void> {
  const config = await loadConfig({ file: join(folder, 'gateway.conf'), env: {} })
  const gateway = await openGateway({ config, log: await openLog({ level: 'silent', format: 'json' }) })
  try {
    for (const api of ['inline', 'worker', 'inline', 'worker']) await request(gateway, api, 2_000, 1)
    for (const concurrency of [1, 64]) {
      const [inline, worker] = [await best(gateway, 'inline', concurrency), await best(gateway, 'worker', concurrency)]
      const [wall, cpu] = [worker.wall - inline.wall, worker.cpu - inline.cpu]
      console.log(`a call, ${concurrency} at a time: ${wall.toFixed(0)} µs more, CPU ${cpu.toFixed(0)} µs more than inline`)
    }
    await measureStarts(gateway)
    await measureNeighbour(gateway)
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

/** The cheapest of five runs. */
async function best(gateway: Gateway, api: string, concurrency: number): Promise<Cost> {
  const runs: Cost[] = []
  for (let i = 0; i < 5; i += 1) runs.push(await request(gateway, api, 4_000, concurrency))
  return { wall: Math.min(...runs.map(({ wall }) => wall)), cpu: Math.min(...runs.map(({ cpu }) => cpu)) }
}

async function request(gateway: Gateway, api: string, count: number, concurrency: number): Promise<Cost> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let left = count
  const client = async () => {
    for (; left > 0; left -= 1) await ask(gateway, api)
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  const { user, system } = process.cpuUsage(cpu)
  return { wall: ((performance.now() - start) * 1000) / count, cpu: (user + system) / count }
}

function ask({ port }: Gateway, api: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ port, path: `/${api}/`, headers, agent }, (response) => response.resume().on('end', resolve)).on('error', reject)
  })
}

/** Each limit makes a worker of its own. */
async function measureStarts(gateway: Gateway): Promise<void> {
  const workers = 8
  const memory = process.memoryUsage.rss()
  for (let i = 0; i < workers; i += 1) await writeApi(`more-${i}`, 'Answer', { isolation: 'worker', memory_mb: 33 + i })
  const cpu = process.cpuUsage()
  const start = performance.now()
  await gateway.reload()
  const { user, system } = process.cpuUsage(cpu)
  const [wall, spent] = [(performance.now() - start) / workers, (user + system) / 1000 / workers]
  const mb = (process.memoryUsage.rss() - memory) / 2 ** 20 / workers
  console.log(`a worker: ${wall.toFixed(0)} ms to start (CPU ${spent.toFixed(0)} ms), ${mb.toFixed(1)} MB`)
}

/** One loop a second beside an API that has nothing to do with it. */
async function measureNeighbour(gateway: Gateway): Promise<void> {
  const quiet = await percentile(gateway, 8_000)
  const loops = setInterval(() => void ask(gateway, 'loop').catch(() => {}), 1_000)
  const beside = await percentile(gateway, 8_000)
  clearInterval(loops)
  console.log(`p99 of another API: ${quiet.toFixed(2)} ms quiet, ${beside.toFixed(2)} ms beside a loop every second (cpu_ms 100)`)
}

async function percentile(gateway: Gateway, ms: number): Promise<number> {
  const times: number[] = []
  for (const end = performance.now() + ms; performance.now() < end; await delay(2)) {
    const start = performance.now()
    await ask(gateway, 'inline')
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] as number
}
