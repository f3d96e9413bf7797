import type { Lab } from '../lab.ts'
import { headerCounts, type RequestSpec } from '../load/requests.ts'
import { measurePairs } from '../measure.ts'
import type { Measurement, Stand } from '../measurement.ts'
import { openNginxProxy } from '../nginx.ts'
import { makeRow, type Row } from '../report/results.ts'
import { openPlainProxy, type Server } from '../server.ts'
import { fewer } from '../settings.ts'
import { openHaproxy } from './haproxy.ts'
import { nodePeers, openNodePeer } from './node-peer.ts'
import { runningGateways } from './running-gateways.ts'

/** Another proxy at its plainest. */
interface Peer {
  readonly name: string
  readonly open: (lab: Lab, upstream: Server) => Promise<Server>
  /** What it is asked for; the measured path unless given. */
  readonly path?: string
}

const own: readonly Peer[] = [
  { name: 'nginx', open: openNginxProxy },
  { name: 'haproxy', open: openHaproxy },
  ...nodePeers.map((name) => ({ name, open: (lab: Lab, upstream: Server) => openNodePeer(lab, upstream, name) })),
]

/** Other proxies, each in turns with the plain proxy; `npm run bench -- peers` is all of them. */
export function peers(env: NodeJS.ProcessEnv): Measurement[] {
  const running = runningGateways(env).map(({ server, path }): Peer => ({ name: server.name, open: async () => server, path }))
  return [...own, ...running].map(measurementOf)
}

function measurementOf(peer: Peer): Measurement {
  return {
    name: peer.name,
    title: `${peer.name}, plain proxying`,
    group: 'peers',
    seconds(settings) {
      const row = 2 * fewer(settings, 3) * (settings.seconds + 0.2) + 2 * settings.warmUp
      return headerCounts.length * row + 6
    },
    async run(stand) {
      const { lab, upstream } = stand
      let candidate: Server
      try {
        candidate = await peer.open(lab, upstream)
      } catch (error) {
        // Nothing is wrong with Postern, nor with the bench.
        const message = (error as Error).message.split('\n')[0] ?? ''
        return { failures: [{ name: peer.name, message, harmless: true }] }
      }
      return { peers: await measureRows(stand, peer, candidate) }
    },
  }
}

async function measureRows({ lab, upstream }: Stand, { name, path }: Peer, candidate: Server): Promise<Row[]> {
  const control = await openPlainProxy(lab, upstream)
  const request: RequestSpec = path === undefined ? {} : { path }
  const rows: Row[] = []
  for (const headers of headerCounts) {
    const load = { requests: [request], headers, connections: lab.settings.connections }
    const pairs = await measurePairs(lab, { control, candidate, load, pairs: fewer(lab.settings, 3) })
    rows.push(makeRow({ name, title: `${name}, plain proxying`, headers, against: control.name, limits: {} }, pairs))
  }
  return rows
}
