import { nodePeers } from '../peers/node-peer.ts'
import type { Results, Row } from './results.ts'

/** The scenario that is to beat the plain proxying of every proxy in JavaScript. */
const CHAMPION = 'keyed-plugin'

export interface Rivalry {
  readonly peer: string
  readonly headers: number
  /** Ratios to the plain proxy. */
  readonly own: { readonly rate: number; readonly cpu: number }
  readonly theirs: { readonly rate: number; readonly cpu: number }
  /** Whether more requests are served, and each takes less CPU time. */
  readonly beaten: boolean
}

/** An API with keys, limits, analytics and a plugin beside what others need to do nothing but proxy. */
export function rivalries({ rows, peers }: Pick<Results, 'rows' | 'peers'>): Rivalry[] {
  return peers.flatMap((peer) => {
    const champion = rows.find(({ name, headers }) => name === CHAMPION && headers === peer.headers)
    if (!champion?.cpu || !peer.cpu || !nodePeers.some((name) => name === peer.name)) return []
    const [own, theirs] = [mediansOf(champion), mediansOf(peer)]
    return [{ peer: peer.name, headers: peer.headers, own, theirs, beaten: own.rate > theirs.rate && own.cpu < theirs.cpu }]
  })
}

export function formatRivalry({ peer, headers, own, theirs, beaten }: Rivalry): string {
  const verdict = beaten ? 'beats' : 'does not beat'
  const figures = `rate ${own.rate.toFixed(2)} to ${theirs.rate.toFixed(2)}, CPU ${own.cpu.toFixed(2)} to ${theirs.cpu.toFixed(2)}`
  return `${CHAMPION} ${verdict} ${peer} with ${headers} header${headers === 1 ? '' : 's'}: ${figures}`
}

function mediansOf({ rate, cpu }: Row): { rate: number; cpu: number } {
  return { rate: rate.median, cpu: cpu?.median ?? Number.NaN }
}
