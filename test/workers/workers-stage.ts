import assert from 'node:assert/strict'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { exchange, openConnection, type RawConnection, type RawResponse } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

/** A gateway of several workers. `/pid/` answers with the process that serves it, `/keys/` needs a key, `/open/` none. */
export interface WorkersStage extends AsyncDisposable {
  readonly gateway: GatewayProcess
  readonly upstream: RawUpstream
  /** @param body JSON, or a text as it is */
  admin(methodAndPath: string, body?: object | string): Promise<AdminAnswer>
  /** What `GET /tyk/status` tells of the workers. */
  workers(): Promise<WorkerRow[]>
  /** Clients of every worker, `each` of every one at least. */
  clients(each?: number): Promise<Client[]>
}

export interface AdminAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: assertions look into it
  readonly json: any
}

export interface WorkerRow {
  readonly worker: number
  readonly pid: number
  readonly started_at: string
  readonly state: string
  readonly connections: number
  readonly requests: number
}

/** A connection to one worker, which stays open. */
export interface Client {
  /** Of the worker. */
  readonly pid: number
  get(target: string, ...lines: string[]): Promise<RawResponse>
  close(): void
}

const plugin = `
import { kv, type Plugin } from 'postern/plugin'
let calls = 0
export const Pid: Plugin = (c) => c.text(process.pid + ' VERSION ' + ++calls)
export const Hang: Plugin = () => { for (;;) Math.random() }
export const Count: Plugin = async (c) => c.text(String(await kv.increment('hits')))
`

/** The file of the stage's artifact; \`Pid\` answers with its process, the version, and how often it was called there. */
export function artifactOf(version: number): Promise<string> {
  return compiledText(plugin.replace('VERSION', String(version)))
}

/** @param workers how many */
export async function openWorkers(
  config: Readonly<Record<string, unknown>> = {},
  { workers = 2, apis = {} }: { workers?: number; apis?: Readonly<Record<string, object>> } = {},
): Promise<WorkersStage> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const api = (id: string, fields: object = {}) =>
    definition(upstream.url, { api_id: id, proxy: { listen_path: `/${id}/` }, ...fields })
  const answers = (name: string) => ({ custom_middleware: { driver: 'jsplugin', pre: [{ name, path: 'plugin.js' }] } })
  const definitions = {
    'pid.json': api('pid', answers('Pid')),
    'count.json': api('count', answers('Count')),
    'keys.json': api('keys', { use_keyless: false, auth: { auth_header_name: 'Authorization' } }),
    'open.json': api('open'),
    ...Object.fromEntries(Object.entries(apis).map(([id, fields]) => [`${id}.json`, api(id, fields)])),
  }
  const artifacts = { 'plugin.js': await artifactOf(1) }
  const gateway = resources.use(
    await startGatewayProcess(
      { definitions, artifacts, config: { listen_address: '127.0.0.1', workers, ...config } },
      { supervised: true },
    ),
  )
  const { port } = gateway
  const admin: WorkersStage['admin'] = async (methodAndPath, body) => {
    const text = typeof body === 'string' ? body : body ? JSON.stringify(body) : ''
    const head = `${methodAndPath} HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`
    const response = await exchange(port, head + text)
    return { status: response.status, json: JSON.parse(response.text) }
  }
  const rows = async () => (await admin('GET /tyk/status')).json.workers as WorkerRow[]
  await until('every worker', async () => (await rows()).filter(({ state }) => state === 'serving').length === workers)
  const opened = resources.move()
  return {
    gateway,
    upstream,
    admin,
    workers: rows,
    async clients(each = 2) {
      const clients: Client[] = []
      const enough = (pid: number) => clients.filter((client) => client.pid === pid).length >= each
      await until('clients of every worker', async () => {
        clients.push(await openClient(port))
        return (await rows()).every(({ pid }) => enough(pid))
      })
      opened.defer(() => {
        for (const client of clients) client.close()
      })
      return clients
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** More attempts than it takes to come upon a worker that is there. */
const MOST_ATTEMPTS = 300

async function openClient(port: number): Promise<Client> {
  const first = await probe(port)
  const { pid } = first
  let connection = first.connection
  /** Workers may end a connection, so that clients are spread; this one comes back to its own. */
  const reopen = async (): Promise<RawConnection> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { pid: found, connection: opened } = await probe(port)
      if (opened && found === pid) return opened
      opened?.[Symbol.dispose]()
    }
    throw new Error(`The worker ${pid} takes no connection any more`)
  }
  return {
    pid,
    async get(target, ...lines) {
      connection ??= await reopen()
      const response = await ask(connection, target, lines)
      if (isLast(response)) {
        connection[Symbol.dispose]()
        connection = null
      }
      return response
    },
    close: () => connection?.[Symbol.dispose](),
  }
}

/** Opens a connection, and asks whose it is; null where it has been told to close it again. */
async function probe(port: number): Promise<{ pid: number; connection: RawConnection | null }> {
  const connection = await openConnection(port)
  const response = await ask(connection, '/pid/', [])
  const pid = Number.parseInt(response.text, 10)
  if (!isLast(response)) return { pid, connection }
  connection[Symbol.dispose]()
  return { pid, connection: null }
}

function isLast({ head }: RawResponse): boolean {
  return head.lines.some((line) => line.toLowerCase() === 'connection: close')
}

async function ask(connection: RawConnection, target: string, lines: readonly string[]): Promise<RawResponse> {
  await connection.send([`GET ${target} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n'))
  return await connection.receive()
}

/** Has every client ask at once. */
export function askAll(clients: readonly Client[], target: string, ...lines: string[]): Promise<RawResponse[]> {
  return Promise.all(clients.map((client) => client.get(target, ...lines)))
}

/** Makes a key for the API `keys`. */
export async function makeKey(stage: WorkersStage, session: object = {}): Promise<string> {
  const access_rights = { keys: { api_id: 'keys', api_name: 'keys', versions: ['Default'] } }
  const { status, json } = await stage.admin('POST /tyk/keys', { org_id: 'default', access_rights, ...session })
  assert.equal(status, 200, JSON.stringify(json))
  return json.key as string
}
