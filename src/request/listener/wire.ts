import type { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'

/** What `node:http` and undici call on a socket, and has no meaning in memory. */
const IGNORED = ['setTimeout', 'setNoDelay', 'setKeepAlive', 'ref', 'unref'] as const

/** A connection that never leaves the process: what is written to one end is read at the other. */
export interface Wire {
  readonly client: Socket
  readonly server: Socket
}

export function openWire(): Wire {
  const [client, server] = duplexPair()
  breakWith(client, server)
  breakWith(server, client)
  return { client: asSocket(client), server: asSocket(server) }
}

/** An end that breaks off breaks the other; one that has said all lets the other read it. */
function breakWith(end: Duplex, other: Duplex): void {
  end.once('close', () => {
    if (!end.writableFinished) other.destroy()
  })
}

function asSocket(end: Duplex): Socket {
  const ignore = Object.fromEntries(IGNORED.map((name) => [name, () => end]))
  return Object.assign(end, ignore, { remoteAddress: '127.0.0.1', remotePort: 0 }) as unknown as Socket
}
