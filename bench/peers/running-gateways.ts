import type { Server } from '../server.ts'

/** A gateway that somebody else has started, and the path that is asked for there. */
export interface RunningGateway {
  readonly server: Server
  readonly path: string
}

/** What `BENCH_PEER_NAME=url` names. Its CPU time is not known, nor the core that it runs on. */
export function runningGateways(env: NodeJS.ProcessEnv): RunningGateway[] {
  return Object.entries(env).flatMap(([key, value]) => {
    const name = /^BENCH_PEER_(\w+)$/.exec(key)?.[1]
    if (name === undefined || value === undefined) return []
    if (!URL.canParse(value)) throw new Error(`Read ${key} failed: found "${value}", expected the URL that is to be asked for`)
    const { origin, pathname, search } = new URL(value)
    return [{ server: { name: name.toLowerCase(), origin, child: null }, path: pathname + search }]
  })
}
