import type { Socket } from 'node:net'

const addresses = new WeakMap<Socket, string>()

/** The address a connection comes from; IPv4 as such also on a socket that speaks both (`::ffff:10.0.0.1`). */
export function clientAddress(socket: Socket): string {
  let address = addresses.get(socket)
  if (address === undefined) {
    const remote = socket.remoteAddress ?? ''
    address = remote.startsWith('::ffff:') ? remote.slice(7) : remote
    addresses.set(socket, address)
  }
  return address
}
