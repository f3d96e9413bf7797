import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { failure, textOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'

/** Connections that TLS is not spoken on yet: to the server they are neither idle nor busy. */
export class Handshakes {
  /** By the client's address and port, which a connection and what TLS makes of it have in common. */
  readonly #open = new Map<string, Socket>()

  follow(server: Server, log: Logger): void {
    server.on('connection', (connection) => {
      const socket = connection as Socket
      const client = clientOf(socket)
      this.#open.set(client, socket)
      socket.once('close', () => this.#open.delete(client))
    })
    server.on('secureConnection', (socket: TLSSocket) => this.#open.delete(clientOf(socket)))
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      log.info({ client: socket.remoteAddress }, failure('handshake_failed', { reason: textOf(error) }, error).message)
    })
  }

  cut(): void {
    for (const socket of this.#open.values()) socket.destroy()
  }
}

function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
