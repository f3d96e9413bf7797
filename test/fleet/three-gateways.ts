import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { GatewayFiles } from '../harness/gateway-folder.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { RedisServer } from '../store/redis-server.ts'
import { CuttableLink } from './cuttable-link.ts'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** One gateway of the fleet. */
export interface Node {
  readonly process: GatewayProcess
  /** Its way to Redis. */
  readonly link: CuttableLink
  /** Sends `GET /path` with a key. */
  ask(path: string, key?: string): Promise<Answer>
  /** Asks the admin API: `PUT /tyk/keys/abc`. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint answers.
  admin(what: string, body?: unknown): Promise<{ status: number; json: any }>
}

/** Three gateways, each a process of its own, on one Redis, in front of one upstream. */
export interface ThreeGateways extends AsyncDisposable {
  readonly nodes: readonly [Node, Node, Node]
  readonly redis: RedisServer
}

export async function openThreeGateways(
  files: (upstream: string) => GatewayFiles,
  storage: Record<string, unknown> = {},
): Promise<ThreeGateways> {
  await using resources = new AsyncDisposableStack()
  const redis = resources.use(await RedisServer.start())
  const upstream = await openUpstream(resources)
  const start = async (): Promise<Node> => {
    const link = resources.use(await CuttableLink.to(redis.port))
    const given = files(upstream)
    const settings = { type: 'redis', host: '127.0.0.1', port: link.port, ...storage }
    const process = resources.use(await startGatewayProcess({ ...given, config: { ...given.config, storage: settings } }))
    const pool = new Pool(`http://127.0.0.1:${process.port}`, { connections: 40 })
    resources.defer(() => pool.destroy())
    return nodeOf(process, link, pool)
  }
  // One after the other: each has its own time to start, on a machine that is busy too.
  const nodes = [await start(), await start(), await start()] as const
  const opened = resources.move()
  return { nodes, redis, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Answers with how many requests it has had. */
async function openUpstream(resources: AsyncDisposableStack): Promise<string> {
  let requests = 0
  const server = createServer((_, response) => void response.end(`request ${++requests}`)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  resources.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function nodeOf(process: GatewayProcess, link: CuttableLink, pool: Pool): Node {
  return {
    process,
    link,
    async ask(path, key) {
      const { statusCode, headers, body } = await pool.request({
        method: 'GET',
        path,
        headers: key ? { authorization: key } : {},
      })
      return { status: statusCode, headers, text: await body.text() }
    },
    async admin(what, content) {
      const [method = '', path = ''] = what.split(' ')
      const answer = await pool.request({
        method: method as 'GET',
        path,
        headers: { 'x-tyk-authorization': 'test-secret' },
        ...(content !== undefined && { body: typeof content === 'string' ? content : JSON.stringify(content) }),
      })
      return { status: answer.statusCode, json: await answer.body.json() }
    },
  }
}
