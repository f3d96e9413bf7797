import type { Socket } from 'node:net'
import { type buildConnector, Client, type Dispatcher, Pool } from 'undici'
import { openConnector } from './connector.ts'
import type { TlsSettings } from './tls-settings.ts'

/** Opens a connection to an upstream. */
export type Connect = buildConnector.connector

/** Which connections are wanted: those of equal options are the same. */
export interface ConnectionOptions {
  /** Scheme, host and port. */
  readonly origin: string
  /** How long a connection may take to open, TLS included, in milliseconds. */
  readonly timeoutMs: number
  readonly peer: PeerOptions
  /** URL of the proxy that passes the bytes on; null: none does. */
  readonly through: string | null
}

/** Who is expected at the other end of TLS, and as whom this end shows itself. */
export interface PeerOptions {
  readonly tls: TlsSettings
  /** PEM text of this end's certificate and its key; null: none. */
  readonly certificate: string | null
  /** SHA-256 fingerprints of public keys, in base64, one of which the certificate has to have; none: any. */
  readonly pins: readonly string[]
}

/** The connections to one origin, whoever uses them. */
export class Connections {
  readonly pool: Pool
  /** Opens one; the tunnels of upgraded requests use it, too. */
  readonly connect: Connect
  /** How many requests are under way. */
  active = 0
  /** A connection has just opened: true while the first request on it starts, and at no other time. */
  opening = false
  readonly #origin: URL

  /** @param connect opens connections by other means than the network */
  constructor(options: ConnectionOptions, connect: Connect | undefined) {
    this.#origin = new URL(options.origin)
    this.connect = connect ?? openConnector(options)
    this.pool = new Pool(options.origin, { ...SETTINGS, connect: this.#connectForPool })
  }

  /** Sends one request over a connection that nothing was sent over before, and closes it. */
  dispatchAlone(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const client = new Client(this.#origin, { ...SETTINGS, connect: this.connect })
    client.dispatch(request, handler)
    void client.close()
  }

  /** Opens a connection that belongs to one request, for as long as it lives. */
  openAlone(opened: (...result: Parameters<buildConnector.Callback>) => void): void {
    const { host, hostname, protocol, port } = this.#origin
    this.connect({ host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port }, (error, socket) => {
      if (error) {
        opened(error, null)
        return
      }
      this.active += 1
      socket?.once('close', () => {
        this.active -= 1
      })
      opened(null, socket as Socket)
    })
  }

  /** undici starts the first request of a connection before the callback returns. */
  readonly #connectForPool: Connect = (options, connected) => {
    this.connect(options, (error, socket) => {
      if (error) {
        connected(error, null)
        return
      }
      this.opening = true
      try {
        connected(null, socket as never)
      } finally {
        this.opening = false
      }
    })
  }

  /** Waits for the requests under way. */
  async close(): Promise<void> {
    await this.pool.close()
  }
}

const SETTINGS: Client.Options = {
  // A response may pause for as long as it likes (server-sent events); the client's patience ends it.
  bodyTimeout: 0,
  keepAliveTimeout: 60_000,
  keepAliveMaxTimeout: 600_000,
  pipelining: 1,
  // Header lists are passed on as they are on the wire of HTTP/1.1.
  allowH2: false,
}
