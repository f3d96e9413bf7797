import { type buildConnector, Pool } from 'undici'

/** How an API's upstream is reached. */
export interface UpstreamOptions {
  readonly target: URL
  /** How long the upstream may take to begin its response, in milliseconds. */
  readonly timeoutMs: number
  /** How long a connection may take to open, in milliseconds. */
  readonly connectTimeoutMs: number
}

/** Where an API's requests go: one origin, its connections, and the path they begin with. */
export interface Upstream {
  readonly options: UpstreamOptions
  /** The Host header of the target. */
  readonly host: string
  /** The target's path without a trailing slash, and its query without `?`. */
  readonly basePath: string
  readonly baseQuery: string
  readonly pool: Pool
}

/** Opens a connection to an upstream. */
export type Connect = buildConnector.connector

/** Connections to the upstreams, shared by every API of one origin and counted, so that a reload keeps them open. */
export class Upstreams {
  readonly #pools = new Map<string, { pool: Pool; users: number }>()
  readonly #connect: Connect | undefined

  /** @param connect opens connections by other means than the network */
  constructor(connect?: Connect) {
    this.#connect = connect
  }

  open(options: UpstreamOptions): Upstream {
    const { target } = options
    const entry = this.#pools.get(keyOf(options)) ?? { pool: openPool(options, this.#connect), users: 0 }
    entry.users += 1
    this.#pools.set(keyOf(options), entry)
    return {
      options,
      host: target.host,
      basePath: target.pathname.replace(/\/$/, ''),
      baseQuery: target.search.slice(1),
      pool: entry.pool,
    }
  }

  /** Gives an upstream back; the last one to do so closes the connections once they are idle. */
  async close({ options }: Upstream): Promise<void> {
    const key = keyOf(options)
    const entry = this.#pools.get(key)
    if (!entry) return
    entry.users -= 1
    if (entry.users > 0) return
    this.#pools.delete(key)
    await entry.pool.close()
  }
}

function keyOf({ target, connectTimeoutMs }: UpstreamOptions): string {
  return `${target.origin} ${connectTimeoutMs}`
}

function openPool({ target, connectTimeoutMs }: UpstreamOptions, connect: Connect | undefined): Pool {
  return new Pool(target.origin, {
    connect: connect ?? { timeout: connectTimeoutMs },
    // A response may pause for as long as it likes (server-sent events); the client's patience ends it.
    bodyTimeout: 0,
    keepAliveTimeout: 60_000,
    keepAliveMaxTimeout: 600_000,
    pipelining: 1,
  })
}
