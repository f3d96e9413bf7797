import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, type Lab, untilReady } from './lab.ts'
import type { Scenario } from './scenarios.ts'
import { measuredPath, reportedHeaders, type Server, seenPath } from './server.ts'
import { repository } from './settings.ts'

/** The gateway as a user runs it, serving one API at /bench/. `flags` go to Node. */
export async function openPostern(
  lab: Lab,
  upstream: Server,
  scenario: Scenario,
  flags: readonly string[] = [],
): Promise<Server> {
  const port = await freePort()
  const folder = await mkdtemp(join(lab.folder, `${scenario.name}-`))
  await mkdir(join(folder, 'apps'))
  await buildPlugins(join(folder, 'plugin.js'))
  await writeJson(join(folder, 'gateway.conf'), configuration(port))
  await writeJson(join(folder, 'apps', 'bench.json'), definition(upstream, scenario))
  // In one process, whose CPU time is measured; with a supervisor, its worker does exactly the same.
  const conf = ['--no-supervisor', '--conf', join(folder, 'gateway.conf')]
  const command = [process.execPath, ...flags, 'src/main.ts', 'start', ...conf]
  const child = lab.start(`postern (${scenario.name})`, lab.settings.cores.proxy, command)
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  await checkEffect(origin, scenario)
  return { name: scenario.name, origin, child }
}

function configuration(port: number): object {
  return {
    listen_address: '127.0.0.1',
    listen_port: port,
    secret: 'bench',
    app_path: 'apps',
    log_level: 'error',
    access_logs: { enabled: false },
  }
}

function definition(upstream: Server, { hooks }: Scenario): object {
  const uses = (names: readonly string[] = []) => names.map((name) => ({ name, path: 'plugin.js' }))
  const used = Object.keys(hooks).length > 0
  return {
    name: 'bench',
    api_id: 'bench',
    org_id: 'default',
    active: true,
    use_keyless: true,
    version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
    proxy: { listen_path: '/bench/', target_url: `${upstream.origin}/`, strip_listen_path: true },
    ...(used && { custom_middleware: { driver: 'jsplugin', post: uses(hooks.post), response: uses(hooks.response) } }),
  }
}

async function buildPlugins(output: string): Promise<void> {
  const source = join(import.meta.dirname, 'plugins', 'headers')
  const command = ['src/main.ts', 'plugin', 'build', source, '-o', output]
  await promisify(execFile)(process.execPath, command, { cwd: repository }).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`Compile ${source} failed: ${error.stderr || error.stdout || error.message}`)
    },
  )
}

/** Asks once, and looks at what the plugins should have done. */
async function checkEffect(origin: string, { name, upstreamSees = {}, clientSees = {} }: Scenario): Promise<void> {
  const response = await fetch(origin + seenPath)
  const values = (await response.text()).split('\n')
  for (const [header, expected] of Object.entries(upstreamSees)) {
    check(name, `upstream's ${header}`, values[reportedHeaders.indexOf(header)], expected)
  }
  for (const [header, expected] of Object.entries(clientSees)) {
    check(name, `client's ${header}`, response.headers.get(header), expected)
  }
}

function check(scenario: string, what: string, found: string | null | undefined, expected: string): void {
  if (found !== expected) throw new Error(`Check "${scenario}" failed: the ${what} is "${found}", expected "${expected}"`)
}

async function writeJson(file: string, value: object): Promise<void> {
  await writeFile(file, JSON.stringify(value, null, 2))
}
