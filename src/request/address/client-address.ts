import type { Socket } from 'node:net'
import type { Exchange } from '../chain/exchange.ts'
import type { ClientRequest } from '../message/client-message.ts'
import { forwardedAddress, normalAddress } from './ip-address.ts'
import type { Networks } from './networks.ts'

/** Whom to believe what they say of the clients behind them. */
export interface TrustedProxies {
  readonly networks: Networks
  /**
   * Which address of X-Forwarded-For is the client's, counted from the right; 0 means the first one from the right that is
   * no trusted proxy's.
   */
  readonly depth: number
}

type Addressed = Pick<Exchange, 'incoming' | 'life'>

const peers = new WeakMap<Socket, string>()
const clients = new WeakMap<ClientRequest, string>()

/** The address that a connection comes from: what X-Forwarded-For is told. */
export function peerAddress({ incoming: { socket } }: Pick<Exchange, 'incoming'>): string {
  let address = peers.get(socket)
  if (address === undefined) {
    const remote = socket.remoteAddress ?? ''
    address = normalAddress(remote) ?? remote
    peers.set(socket, address)
  }
  return address
}

/**
 * The address of the client: the peer's, unless that is a trusted proxy; then what the proxy says in X-Forwarded-For, or
 * else in X-Real-IP. What makes no sense there leaves the last address that does.
 */
export function clientAddress(exchange: Addressed): string {
  const { incoming, life } = exchange
  const peer = peerAddress(exchange)
  if (!life.proxies.networks.contains(peer)) return peer
  let address = clients.get(incoming)
  if (address === undefined) {
    address = toldAddress(incoming.rawHeaders, peer, life.proxies)
    clients.set(incoming, address)
  }
  return address
}

function toldAddress(raw: readonly string[], peer: string, { networks, depth }: TrustedProxies): string {
  const hops = valuesOf(raw, 'x-forwarded-for')
  if (hops.length === 0) return forwardedAddress(valuesOf(raw, 'x-real-ip').at(-1) ?? '') ?? peer
  if (depth > 0) return forwardedAddress(hops.at(-depth) ?? '') ?? peer
  let nearest = peer
  for (const hop of hops.reverse()) {
    const address = forwardedAddress(hop)
    if (address === undefined) return nearest
    if (!networks.contains(address)) return address
    nearest = address
  }
  return nearest
}

/** The members of a list that may stand in several lines. */
function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    if ((raw[i] as string).toLowerCase() !== name) continue
    for (const value of (raw[i + 1] as string).split(',')) values.push(value.trim())
  }
  return values
}
