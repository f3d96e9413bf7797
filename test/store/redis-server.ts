import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import type { RedisSettings } from '../../src/store/settings.ts'
import { until } from '../harness/until.ts'

/** Why tests with Redis servers of their own cannot run here; `false` where they can. */
export const withoutServer: string | false =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'there is no redis-server on the PATH'

/** A Redis of a test's own, on a free port, that keeps nothing on the disk. */
export class RedisServer implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #args: readonly string[]
  #process: ChildProcess | null = null

  /** @param args beside the usual ones; those that depend on the port are made from it */
  static async start(args: readonly string[] | ((port: number) => readonly string[]) = []): Promise<RedisServer> {
    const port = await freePort()
    const all = typeof args === 'function' ? args(port) : args
    const server = new RedisServer(port, await mkdtemp(join(tmpdir(), 'postern-redis-')), all)
    await server.start()
    return server
  }

  /** @param file its configuration, to which it writes */
  static async startSentinel(file: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'postern-redis-')), [])
    await server.start([file, '--sentinel', '--port', `${server.port}`, '--bind', '127.0.0.1'])
    return server
  }

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#args = args
  }

  async start(args?: readonly string[]): Promise<void> {
    const { port } = this
    const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '', '--appendonly', 'no']
    const child = spawn('redis-server', args ?? [...own, ...this.#args], { stdio: 'ignore' })
    this.#process = child
    await until(`a Redis on port ${port}`, () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      return accepts(port)
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name)
  }

  async kill(): Promise<void> {
    const child = this.#process
    this.#process = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    // One that is stopped ends as well.
    child.kill('SIGKILL')
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** `storage` of gateway.conf for a Redis on this machine. */
export function settingsOf(port: number, changes: Partial<RedisSettings> = {}): RedisSettings {
  return {
    host: '127.0.0.1',
    port,
    addrs: [],
    enable_cluster: false,
    master_name: '',
    sentinel_password: '',
    tls_min_version: '',
    tls_max_version: '',
    username: '',
    password: '',
    database: 0,
    use_ssl: false,
    ca_file: '',
    cert_file: '',
    key_file: '',
    timeout: 5,
    on_outage: 'allow',
    ...changes,
  }
}

/** A client of the test's own, to look at what is in a Redis and to change it. */
export async function openClient(port: number, database = 0) {
  const client = createClient({ RESP: 2, socket: { host: '127.0.0.1', port }, database })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Lets time pass for what expires in a Redis; rates go by the time that they are given. Sends to one node. */
export async function ageKeys(send: (args: string[]) => Promise<unknown>, milliseconds: number): Promise<void> {
  for (const key of (await send(['KEYS', '*'])) as string[]) {
    const left = /\.(window|bucket|fixed)$/.test(key) ? -1 : Number(await send(['PTTL', key]))
    if (left >= 0) await send(left <= milliseconds ? ['DEL', key] : ['PEXPIRE', key, String(left - milliseconds)])
  }
}

async function freePort(): Promise<number> {
  // A cluster's nodes talk on their port and 10000, which has to be one as well.
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    if (port < 55_000) return port
  }
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect').then(
    () => !socket.destroy().connecting,
    () => false,
  )
}
