import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Lab, untilReady } from '../lab.ts'

const SECRET = 'bench'

/** A gateway in a process of its own, whose API asks for keys. */
export interface LimitsGateway {
  /** Where requests are sent to. */
  readonly url: string
  /** Makes a key of this id with these limits; what clients are to send. */
  addKey(id: string, limits: object): Promise<string>
  deleteKey(key: string): Promise<void>
  stop(): Promise<void>
}

export interface LimitsGatewayOptions {
  readonly upstream: string
  readonly storage: object
  readonly algorithm: string
}

export async function openLimitsGateway(
  lab: Lab,
  { upstream, storage, algorithm }: LimitsGatewayOptions,
): Promise<LimitsGateway> {
  const port = await freePort()
  const folder = await mkdtemp(join(lab.folder, 'limits-'))
  await mkdir(join(folder, 'apps'))
  await writeFile(join(folder, 'gateway.conf'), JSON.stringify(configuration(port, storage, algorithm)))
  await writeFile(join(folder, 'apps', 'bench.json'), JSON.stringify(definition(upstream)))
  const command = [process.execPath, 'src/main.ts', 'start', '--no-supervisor', '--conf', join(folder, 'gateway.conf')]
  const child = lab.start('postern (limits)', lab.settings.cores.proxy, command)
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, `${origin}/ready`)
  return {
    url: `${origin}/bench/`,
    addKey: async (id, limits) => {
      const session = { org_id: 'default', ...limits, access_rights: { bench: { api_id: 'bench', versions: ['Default'] } } }
      const answer = await administer(origin, 'POST', `keys/${id}`, session)
      return (answer as { key: string }).key
    },
    deleteKey: async (key) => void (await administer(origin, 'DELETE', `keys/${key}`)),
    stop: () => lab.stop(child),
  }
}

function configuration(port: number, storage: object, algorithm: string): object {
  return {
    listen_address: '127.0.0.1',
    listen_port: port,
    secret: SECRET,
    app_path: 'apps',
    log_level: 'error',
    access_logs: { enabled: false },
    storage,
    rate_limit_algorithm: algorithm,
  }
}

function definition(upstream: string): object {
  return {
    name: 'bench',
    api_id: 'bench',
    org_id: 'default',
    use_standard_auth: true,
    version_data: { not_versioned: true, versions: { Default: { name: 'Default' } } },
    proxy: { listen_path: '/bench/', target_url: upstream, strip_listen_path: true },
  }
}

async function administer(origin: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${origin}/tyk/${path}`, {
    method,
    headers: { 'X-Tyk-Authorization': SECRET },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} /tyk/${path} failed: ${response.status} ${await response.text()}`)
  return response.json()
}
