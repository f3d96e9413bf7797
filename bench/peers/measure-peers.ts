import type { Lab } from '../lab.ts'
import { headerCounts, type RequestSpec } from '../load/requests.ts'
import { measurePairs } from '../measure.ts'
import { type Measurement, progress, type Stand } from '../measurement.ts'
import { openNginxProxy } from '../nginx.ts'
import { type Failure, makeRow, type Row } from '../report/results.ts'
import { openPlainProxy, type Server } from '../server.ts'
import { fewer } from '../settings.ts'
import { openHaproxy } from './haproxy.ts'
import { nodePeers, openNodePeer } from './node-peer.ts'
import { runningGateways } from './running-gateways.ts'

type Open = (lab: Lab, upstream: Server) => Promise<Server>

const own: Readonly<Record<string, Open>> = {
  nginx: openNginxProxy,
  haproxy: openHaproxy,
  ...Object.fromEntries(nodePeers.map((name): [string, Open] => [name, (lab, upstream) => openNodePeer(lab, upstream, name)])),
}

/** Other proxies at their plainest, each in turns with the plain proxy. One that cannot be had is said, and left out. */
export const peers: Measurement = {
  name: 'peers',
  title: 'other proxies against the plain proxy',
  seconds: (settings) => {
    const row = 2 * fewer(settings, 3) * (settings.seconds + 0.2) + 2 * settings.warmUp
    return Object.keys(own).length * (headerCounts.length * row + 4) + 30
  },
  async run(stand) {
    const rows: Row[] = []
    const failures: Failure[] = []
    const running = runningGateways(process.env).map(({ server, path }) => ({
      name: server.name,
      open: async () => server,
      path,
    }))
    for (const one of [...Object.entries(own).map(([name, open]) => ({ name, open })), ...running]) {
      progress(one.name)
      try {
        rows.push(...(await measurePeer(stand, one)))
      } catch (error) {
        failures.push({ name: one.name, message: (error as Error).message.split('\n')[0] ?? '' })
      }
      await stand.lab.stopAllBut([stand.upstream.child])
    }
    return { peers: rows, failures }
  },
}

interface Peer {
  readonly name: string
  readonly open: Open
  readonly path?: string
}

async function measurePeer({ lab, upstream }: Stand, { name, open, path }: Peer): Promise<Row[]> {
  const candidate = await open(lab, upstream)
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
