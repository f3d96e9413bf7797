import { readFileSync } from 'node:fs'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, type ProcessOptions, startGatewayProcess } from '../harness/gateway-process.ts'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

/** A supervised gateway with two APIs: the plugin of `/bad/` is under test, `/good/` has none. */
export interface Supervised extends AsyncDisposable {
  readonly gateway: GatewayProcess
  readonly upstream: RawUpstream
  /** The process that serves now; it changes. */
  workerPid(): number
  get(path: string): Promise<RawResponse>
  /** What `GET /tyk/plugins` tells of the plugin's use. */
  use(): Promise<Use>
  /** Waits for a line with this code, and with `then` behind it. */
  logged(code: string, then?: string): Promise<Record<string, unknown>>
}

export interface Use {
  readonly id: string
  readonly quarantined?: string
  readonly calls: number
  readonly errors: number
  readonly late_errors: number
}

/** @param plugin the text of a plugin that exports `Bad` */
export async function openSupervised(
  plugin: string,
  config: Readonly<Record<string, unknown>> = {},
  options: Omit<ProcessOptions, 'supervised'> = {},
): Promise<Supervised> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const api = (id: string, fields = {}) => definition(upstream.url, { api_id: id, proxy: { listen_path: `/${id}/` }, ...fields })
  const hooks = { driver: 'jsplugin', pre: [{ name: 'Bad', path: 'plugin.js' }] }
  const gateway = resources.use(
    await startGatewayProcess(
      {
        definitions: { 'good.json': api('good'), 'bad.json': api('bad', { custom_middleware: hooks }) },
        artifacts: { 'plugin.js': await compiledText(plugin) },
        config: { graceful_shutdown_timeout_duration: 30, ...config },
      },
      { ...options, supervised: true },
    ),
  )
  const send = (target: string) =>
    exchange(gateway.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\n\r\n`)
  const opened = resources.move()
  return {
    gateway,
    upstream,
    workerPid: () => childrenOf(gateway.pid)[0] as number,
    get: send,
    use: async () => JSON.parse((await send('/tyk/plugins')).text).plugins[0].used_by[0],
    logged: async (code, then = '') => JSON.parse(await gateway.log.waitFor(`"code":"${code}"${then}`)),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** Whether a process is there and not merely waiting to be buried. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export async function untilGone(pid: number): Promise<void> {
  await until(`the end of process ${pid}`, () => !isAlive(pid))
}
