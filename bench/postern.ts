import { execFile } from 'node:child_process'
import { copyFileSync, openSync, readFileSync, renameSync, truncateSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ask, type Question, type Reply } from './ask.ts'
import { definition } from './definition.ts'
import { freePort, type Lab, untilReady } from './lab.ts'
import type { GatewaySetup } from './scenarios/scenario.ts'
import type { OwnServer, Server } from './server.ts'
import { repository } from './settings.ts'

/** A gateway that the bench runs. */
export interface Gateway extends OwnServer {
  readonly folder: string
  readonly lab: Lab
  /** Asks an API, or, with a path below /tyk/, the admin API. */
  ask(path: string, question?: Question): Promise<Reply>
  /** The lines of its log since the run before; '' unless they are kept. */
  log(): string
  /** Puts another artifact of the same plugins in the place of plugin.js, by renaming. */
  replacePlugin(artifact: string): void
}

export interface GatewayOptions {
  /** For Node. */
  readonly flags?: readonly string[]
  /** What is started; the sources unless given. */
  readonly program?: string
  /** Whether it has a supervisor, as users run it. Without one its worker does the same, in the one process that is measured. Default false. */
  readonly supervised?: boolean
  /** PEM files, if clients are to speak TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

export const secret = 'bench'

/** The gateway as a user runs it. */
export async function openPostern(
  lab: Lab,
  upstream: Server,
  name: string,
  setup: GatewaySetup,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const prepared = await prepareGateway(lab, upstream, name, setup, options)
  const gateway = prepared.start()
  // What is asked for here may want a key.
  await untilReady(gateway.child, `${gateway.origin}/ready`)
  await setup.prepare?.(gateway)
  await setup.verify?.(gateway)
  return gateway
}

export interface PreparedGateway {
  readonly origin: string
  start(): Gateway
}

/** Everything but the start: where that is what is measured. */
export async function prepareGateway(
  lab: Lab,
  upstream: Server,
  name: string,
  setup: GatewaySetup,
  { flags = [], program = 'src/main.ts', supervised = false, tls }: GatewayOptions = {},
): Promise<PreparedGateway> {
  const port = await freePort()
  const folder = await mkdtemp(join(lab.folder, `${name}-`))
  await mkdir(join(folder, 'apps'))
  if (setup.plugins !== undefined) await copyFile(await buildPlugins(lab, setup.plugins), join(folder, 'plugin.js'))
  await writeJson(join(folder, 'gateway.conf'), { ...configuration(port, tls), ...(await setup.configuration?.(lab)) })
  const definitions = setup.definitions?.(upstream.origin) ?? [definition(upstream.origin)]
  await Promise.all(definitions.map((one) => writeJson(join(folder, 'apps', `${one.api_id}.json`), one)))
  const conf = ['--conf', join(folder, 'gateway.conf')]
  const command = [process.execPath, ...flags, program, 'start', ...(supervised ? [] : ['--no-supervisor']), ...conf]
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return {
    origin,
    start() {
      const logFile = setup.keepsLog ? join(folder, 'gateway.log') : undefined
      const stdout = logFile && openSync(logFile, 'a')
      const child = lab.start(`postern (${name})`, lab.settings.cores.proxy, command, stdout ? { stdout } : {})
      return gatewayOf(lab, { name, origin, child }, folder, setup, logFile)
    },
  }
}

function gatewayOf(lab: Lab, server: OwnServer, folder: string, setup: GatewaySetup, logFile: string | undefined): Gateway {
  const gateway: Gateway = {
    ...server,
    lab,
    folder,
    ask: (path, question = {}) => {
      const headers = { ...(path.startsWith('/tyk/') && { 'X-Tyk-Authorization': secret }), ...question.headers }
      return ask(server.origin + path, { ...question, headers })
    },
    log: () => (logFile ? readFileSync(logFile, 'latin1') : ''),
    replacePlugin(artifact) {
      copyFileSync(artifact, join(folder, 'plugin.tmp'))
      renameSync(join(folder, 'plugin.tmp'), join(folder, 'plugin.js'))
    },
    meanwhile() {
      const end = setup.meanwhile?.(gateway)
      return async () => {
        await end?.()
        // A log of many runs would fill the disk, and writing it back would disturb.
        if (logFile) truncateSync(logFile)
      }
    },
  }
  return gateway
}

function configuration(port: number, tls: GatewayOptions['tls']): object {
  return {
    listen_address: '127.0.0.1',
    listen_port: port,
    secret,
    app_path: 'apps',
    log_level: 'error',
    ...(tls && {
      http_server_options: { use_ssl: true, certificates: [{ cert_file: tls.cert, key_file: tls.key }] },
    }),
  }
}

const artifacts = new Map<string, Promise<string>>()

/** The artifact of a folder below bench/plugins, which is compiled once. */
export function buildPlugins(lab: Lab, name: string): Promise<string> {
  const known = artifacts.get(name) ?? compilePlugins(name, join(lab.folder, `plugins-${name}.js`))
  artifacts.set(name, known)
  return known
}

async function compilePlugins(name: string, output: string): Promise<string> {
  const source = join(import.meta.dirname, 'plugins', name)
  const command = ['src/main.ts', 'plugin', 'build', source, '-o', output]
  await promisify(execFile)(process.execPath, command, { cwd: repository }).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`Compile ${source} failed: ${error.stderr || error.stdout || error.message}`)
    },
  )
  return output
}

async function writeJson(file: string, value: object): Promise<void> {
  await writeFile(file, JSON.stringify(value))
}
