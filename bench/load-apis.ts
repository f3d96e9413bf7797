/**
 * `node bench/load-apis.ts`: how long 1,000 and 10,000 definitions take to load and to reload, and in how much memory; then, under load, how
 * a reload of 1,000 is felt. `node bench/load-apis.ts 10000` loads as many as are named and no others. A gateway that is built (`npm run build`)
 * is measured as it is shipped; else the sources are, which start later and take more memory.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { freePort, type Lab, openLab, untilReady } from './lab.ts'
import type { Load } from './load/requests.ts'
import { putLoad } from './load/wrk.ts'
import { checkMachine } from './machine.ts'
import { openUpstream } from './nginx.ts'
import { measuredPath } from './server.ts'
import { readSettings, repository } from './settings.ts'

const RELOADS = 3

const settings = readSettings(process.env)
checkMachine(settings)
await using lab = await openLab(settings)
const upstream = await openUpstream(lab)
const counts = process.argv[2] === undefined ? [1_000, 10_000] : [Number(process.argv[2])]
for (const count of counts) await measureLoad(count)
if (process.argv[2] === undefined) await measureUnderLoad(1_000)

interface Subject {
  readonly child: Child
  readonly origin: string
  readonly folder: string
}

async function measureLoad(count: number): Promise<void> {
  const began = performance.now()
  const { child, origin, folder } = await start(lab, count)
  const cpu = child.cpuTime() / 1000
  say(`${count} definitions, from start to first answer`, performance.now() - began, cpu, child)
  for (let i = 0; i < RELOADS; i++) await measureReload('  reload, nothing changed', child, origin)
  await writeDefinitions(folder, count, 'changed')
  await measureReload('  reload, everything changed', child, origin)
  await lab.stop(child)
}

async function measureReload(what: string, child: Child, origin: string): Promise<void> {
  const [began, cpu] = [performance.now(), child.cpuTime()]
  await reload(origin)
  say(what, performance.now() - began, (child.cpuTime() - cpu) / 1000, child)
}

/** wrk goes on meanwhile, and fails the bench if one request does. */
async function measureUnderLoad(count: number): Promise<void> {
  const { child, origin, folder } = await start(lab, count)
  const load: Load = { requests: [{}], headers: 1, connections: settings.connections }
  const quiet = await putLoad(lab, origin, load, settings.seconds)
  const loading = putLoad(lab, origin, load, 4 * settings.seconds)
  const durations: number[] = []
  for (const state of ['changed', 'changed again', 'changed again']) {
    await writeDefinitions(folder, count, state)
    const began = performance.now()
    await reload(origin)
    durations.push(performance.now() - began)
  }
  const busy = await loading
  const shown = durations.map((duration) => duration.toFixed(0)).join(', ')
  process.stdout.write(
    `reloads of ${count} changed definitions under load: ${shown} ms; ${busy.requests} requests, none failed; `,
  )
  process.stdout.write(`p99 ${busy.p99.toFixed(1)} ms, without reloads ${quiet.p99.toFixed(1)} ms\n`)
  await lab.stop(child)
}

async function start(place: Lab, count: number): Promise<Subject> {
  const folder = await mkdtemp(join(place.folder, `apis-${count}-`))
  await mkdir(join(folder, 'apps'))
  const port = await freePort()
  const conf = {
    listen_address: '127.0.0.1',
    listen_port: port,
    secret: 'bench',
    log_level: 'error',
    storage: { type: 'memory' },
  }
  await writeFile(join(folder, 'gateway.conf'), JSON.stringify(conf))
  await writeDefinitions(folder, count, 'first')
  const built = join(repository, 'dist/gateway/postern.js')
  const program = existsSync(built) ? built : 'src/main.ts'
  const command = [process.execPath, program, 'start', '--no-supervisor', '--conf', join(folder, 'gateway.conf')]
  const child = place.start(`postern with ${count} APIs`, settings.cores.proxy, command)
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { child, origin, folder }
}

async function reload(origin: string): Promise<void> {
  const response = await fetch(`${origin}/tyk/reload`, { headers: { 'X-Tyk-Authorization': 'bench' } })
  const { message } = (await response.json()) as { message: string }
  if (response.status !== 200 || message !== '') throw new Error(`Reload failed: ${response.status} ${message}`)
}

function say(what: string, milliseconds: number, cpu: number, child: Child): void {
  const memory = child.residentMemory() / 1024 / 1024
  const figures = [`${milliseconds.toFixed(0)} ms`, `${cpu.toFixed(0)} ms of CPU`, `${memory.toFixed(0)} MB`]
  process.stdout.write(`${what.padEnd(50)}${figures.map((figure) => figure.padStart(18)).join('')}\n`)
}

/** The first is the one that is asked; the others are as exported ones are, of 1.3 KB. */
async function writeDefinitions(folder: string, count: number, state: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    const path = i === 0 ? '/bench/' : `/api-${i}/`
    await writeFile(join(folder, 'apps', `api-${i}.json`), JSON.stringify(definition(i, path, state)))
  }
}

function definition(i: number, listenPath: string, state: string): object {
  const action = { action: 'no_action', code: 200, data: '', headers: {} }
  return {
    id: String(i).padStart(24, '0'),
    name: `api-${i} #orders`,
    slug: `api-${i}`,
    api_id: `api-${i}`,
    org_id: 'default',
    active: true,
    use_keyless: true,
    auth: { auth_header_name: 'Authorization' },
    definition: { location: 'header', key: 'x-api-version' },
    version_data: {
      not_versioned: true,
      versions: {
        Default: {
          name: 'Default',
          expires: '',
          use_extended_paths: true,
          paths: { ignored: [], white_list: [], black_list: [] },
          extended_paths: {
            white_list: ['/orders/{id}', '/items/{id}'].map((path) => ({ path, method_actions: { GET: action } })),
            transform_headers: [
              { path: '/orders', method: 'GET', add_headers: { 'X-Api': `api-${i}` }, delete_headers: ['X-Internal'] },
            ],
            hard_timeouts: [{ path: '/orders/{id}', method: 'POST', timeout: 5 }],
          },
          global_headers: { 'X-Tenant': `tenant-${i % 50}`, 'X-State': state },
          global_headers_remove: [],
        },
      },
    },
    proxy: { listen_path: listenPath, target_url: `${upstream.origin}/`, strip_listen_path: true, preserve_host_header: false },
    CORS: { enable: false, allowed_origins: [] },
    domain: '',
    do_not_track: false,
    enable_batch_request_support: false,
    disable_rate_limit: true,
    disable_quota: true,
    response_processors: [],
    tags: [],
    config_data: { owner: `team-${i % 20}` },
  }
}
