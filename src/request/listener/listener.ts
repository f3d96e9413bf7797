import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket, TlsOptions, Server as TlsServer } from 'node:tls'
import { createAdaptorServer } from '@hono/node-server'
import { failure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { TrustedProxies } from '../address/client-address.ts'
import type { ListenerLife } from '../chain/arrival.ts'
import type { ClientRequest, ClientResponse } from '../message/client-message.ts'
import type { RequestIds } from '../message/request-ids.ts'
import type { Certificates, ListenerTls } from './certificates.ts'
import { answerClientError, clientError } from './client-error.ts'
import { Handshakes } from './handshakes.ts'
import { framingProblem } from './head-check.ts'
import { Http1Response } from './http1-response.ts'
import { Http2Request } from './http2/http2-request.ts'
import { Http2Response } from './http2/http2-response.ts'
import { Http2Sessions } from './http2/http2-sessions.ts'
import { isPreface, type ParseError, takeFromParser } from './http2/prior-knowledge.ts'
import type { Limits, Timeouts } from './limits.ts'
import type { LoadShare } from './load-share.ts'
import { type Circumstances, EXPECTS_CONTINUE, PLAIN, Reception, type World } from './reception.ts'
import { SocketFlow, StallWatch } from './stall-watch.ts'
import type { Stranger } from './stranger.ts'

/** The system's listening socket, as node's servers hold it: they listen on it, and a process may send it to another. */
export interface ListeningSocket {
  close(): void
}

export interface ListenerOptions {
  /** The world as it is now. */
  readonly world: () => World
  /** What is served where no API listens: admin and health. */
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly log: Logger
  readonly limits: Limits
  readonly timeouts: Timeouts
  readonly proxies: TrustedProxies
  readonly requestIds: RequestIds
  /** Whether responses tell how long they took, in `Server-Timing`. */
  readonly serverTiming: boolean
  /** Whether clients may speak HTTP/2: where TLS agrees on it, or from the first byte of a plain connection. */
  readonly http2: boolean
  /** null: the port speaks plain HTTP. */
  readonly tls: ListenerTls | null
  /** Whether every request has a trace of its steps. */
  readonly traced: boolean
  /** Tells which connections to give up to other processes that share the port; null in a process that is alone. */
  readonly share: LoadShare | null
  /** Is told of requests that no API has served; null where nobody wants to know. */
  readonly onStranger: ((stranger: Stranger) => void) | null
}

/** How long a client may take to send a request's head. */
const HEADERS_TIMEOUT_MS = 60_000
/** Longer than load balancers keep idle connections (60 s as a rule), so that it is never the gateway that closes one they are about to use. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000

/** How long a client may take for the handshake of TLS, at the most. */
const HANDSHAKE_TIMEOUT_MS = 15_000

/** How often connections that have become idle are closed while the listener closes. */
const SWEEP_MS = 50
/** How often requests that take too long to arrive are looked for, at the least. */
const MOST_BETWEEN_CHECKS_MS = 5_000
/** How often it is said that connections are refused. */
const DROP_NOTE_MS = 10_000

/** How a port is opened. */
export interface OpenOptions {
  readonly socket?: ListeningSocket | undefined
  readonly shared?: boolean
}

type ServeApp = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** An open port. Requests for an API run its chain on the raw request and response; the rest goes to the Hono app. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #server: Server
  readonly #reception: Reception
  readonly #stalls: StallWatch | null
  #serveApp: ServeApp = () => {}
  /** Connections that have changed protocol; the server does not count them as its own. */
  readonly #tunnels = new Set<Socket>()
  readonly #life: ListenerLife
  readonly #http2: Http2Sessions | null
  readonly #handshakes = new Handshakes()
  #certificates: Certificates | null = null
  #full = false

  constructor(options: ListenerOptions) {
    const { limits, timeouts, proxies, requestIds, serverTiming, world, log, traced, share, onStranger } = options
    this.#options = options
    this.#life = { closing: false, limits, proxies, requestIds, serverTiming }
    this.#stalls = timeouts.write > 0 ? new StallWatch(timeouts.write, log) : null
    this.#reception = new Reception({
      world,
      serveOwn: (incoming, outgoing) => this.#serveOwn(incoming, outgoing),
      log,
      scheme: options.tls ? 'https' : 'http',
      life: this.#life,
      traced,
      share,
      onStranger,
    })
    this.#http2 = options.http2
      ? new Http2Sessions({
          reception: this.#reception,
          limits,
          timeouts,
          firstMs: headersTimeout(timeouts),
          idleMs: KEEP_ALIVE_TIMEOUT_MS,
          stalls: this.#stalls,
        })
      : null
    this.#server = createAdaptorServer({
      fetch: options.fetch,
      // HTTP/1.0 needs no Host, and health checks of load balancers have none: the URL that is made for the app gets this one.
      hostname: 'localhost',
      overrideGlobalObjects: false,
      createServer: ((serverOptions: object, serveApp: ServeApp) => {
        this.#serveApp = serveApp
        return this.#createServer(serverOptions)
      }) as never,
    }) as Server
  }

  #createServer(given: object): Server {
    const { limits, timeouts, log, tls } = this.#options
    const options = { ...given, ...httpOptions(limits, timeouts), ...(tls && this.#tlsOptions(tls)) }
    const take: RequestListener = (incoming, outgoing) => this.#take(incoming, outgoing, PLAIN)
    // An https.Server has all that an http.Server has.
    const server = tls ? (createTlsServer(options, take) as unknown as Server) : createServer(options, take)
    if (tls && this.#http2) serveByProtocol(server, this.#http2)
    // node:http would leave further ones out in silence, and with them maybe what frames the request.
    server.maxHeadersCount = 0
    if (limits.connections > 0) server.maxConnections = limits.connections
    server.on('checkContinue', (incoming, outgoing) => this.#take(incoming, outgoing, EXPECTS_CONTINUE))
    server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket as Socket, head))
    server.on('clientError', (cause, socket) => this.#giveUp(cause, socket as Socket))
    server.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => this.#watch(socket))
    if (tls) this.#handshakes.follow(server, log)
    server.on('drop', () => this.#noteDrop())
    return server
  }

  /** A connection on which there is no HTTP/1. */
  #giveUp(cause: ParseError, socket: Socket): void {
    const { limits, log, tls } = this.#options
    if (this.#http2 && !tls && isPreface(socket, cause)) {
      takeFromParser(socket, cause)
      this.#http2.serve(socket)
      return
    }
    const error = clientError(cause, limits.headerSize)
    if (error) answerClientError(error, socket, log)
    else socket.destroy()
  }

  #tlsOptions({ minVersion }: ListenerTls): TlsOptions {
    const { read } = this.#options.timeouts
    return {
      minVersion,
      ALPNProtocols: this.#http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (name, done) => done(null, this.#certificates?.contextFor(name)),
      handshakeTimeout: Math.min(read || HANDSHAKE_TIMEOUT_MS, HANDSHAKE_TIMEOUT_MS),
    }
  }

  /** Shows these certificates from now on; connections that are open keep theirs. Before it there are none. */
  useCertificates(certificates: Certificates): void {
    const { tls } = this.#options
    if (!tls) return
    this.#certificates = certificates
    const server = this.#server as unknown as TlsServer
    server.setSecureContext(certificates.defaults(tls))
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse, circumstances: Circumstances): void {
    const { socket } = incoming
    // Without a connection yet: the response to a request before it is under way.
    if ((outgoing.socket === null || socket.writableEnded) && this.#reception.isEnding(socket)) return
    const problem = framingProblem(incoming)
    if (problem) this.#reception.refuse(incoming, outgoing, problem)
    else this.#reception.take(incoming, outgoing, circumstances)
  }

  #serveOwn(incoming: ClientRequest, outgoing: ClientResponse): void {
    if (incoming instanceof IncomingMessage) this.#serveApp(incoming, outgoing as ServerResponse)
    else if (incoming instanceof Http2Request && outgoing instanceof Http2Response) {
      // The app knows requests of HTTP/2 as node has them.
      const request = new Http2ServerRequest(outgoing.stream, incoming.headers, {}, incoming.rawHeaders)
      this.#serveApp(request as never, new Http2ServerResponse(outgoing.stream) as never)
    }
  }

  #watch(socket: Duplex): void {
    if (!this.#stalls || !(socket instanceof Socket)) return
    const flow = new SocketFlow(socket)
    this.#stalls.add(flow)
    socket.once('close', () => this.#stalls?.delete(flow))
  }

  /** One line for all that are refused until there is room again. */
  #noteDrop(): void {
    if (this.#full) return
    this.#full = true
    this.#options.log.warn(failure('connection_refused', { limit: this.#options.limits.connections }).message)
    setTimeout(() => {
      this.#full = false
    }, DROP_NOTE_MS).unref()
  }

  /**
   * Starts to listen; resolves with the port.
   *
   * @param options.socket one that listens already, from the process before this one; port and address are its own then
   * @param options.shared whether other processes may listen on the port as well
   */
  open(port: number, address: string, { socket, shared = false }: OpenOptions = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socket ?? { port, ...(address && { host: address }), reusePort: shared }, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Serves a connection that came by other means than the port. */
  accept(connection: Duplex): void {
    this.#server.emit('connection', connection)
  }

  /** How many connections of clients are open. */
  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((error, count) => resolve(error ? 0 : count)))
  }

  /** What {@link open} takes in another process. */
  get socket(): ListeningSocket {
    return (this.#server as unknown as { readonly _handle: ListeningSocket })._handle
  }

  /** Stops to listen, waits for what is under way up to `timeoutMs`, and closes what is left. */
  async close(timeoutMs: number): Promise<void> {
    this.#life.closing = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    this.#handshakes.cut()
    this.#http2?.close()
    const timer = setTimeout(() => this.#cut(), timeoutMs)
    // A connection whose last response had begun before is idle when that response has ended.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS)
    await closed
    clearTimeout(timer)
    clearInterval(sweep)
    this.#stalls?.close()
    this.#http2?.dispose()
  }

  #cut(): void {
    this.#server.closeAllConnections()
    for (const socket of this.#tunnels) socket.destroy()
    this.#http2?.cut()
  }

  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const outgoing = new Http1Response(incoming)
    outgoing.shouldKeepAlive = false
    outgoing.assignSocket(socket)
    outgoing.once('finish', () => {
      outgoing.detachSocket(socket)
      socket.end()
    })
    socket.on('error', () => socket.destroy())
    this.#tunnels.add(socket)
    socket.once('close', () => this.#tunnels.delete(socket))
    this.#take(incoming, outgoing, { expectsContinue: false, upgrade: { socket, head } })
  }
}

/** Has connections that agreed on HTTP/2 served as such. The others are left to what node:https has put there first. */
function serveByProtocol(server: Server, http2: Http2Sessions): void {
  const [serveHttp1] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection').on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') http2.serve(socket)
    else serveHttp1?.call(server, socket)
  })
}

function headersTimeout({ read }: Timeouts): number {
  return Math.min(read || HEADERS_TIMEOUT_MS, HEADERS_TIMEOUT_MS)
}

function httpOptions(limits: Limits, timeouts: Timeouts): ServerOptions {
  return {
    requestTimeout: timeouts.read,
    headersTimeout: headersTimeout(timeouts),
    connectionsCheckingInterval: Math.min(Math.max(headersTimeout(timeouts) / 4, 10), MOST_BETWEEN_CHECKS_MS),
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxHeaderSize: limits.headerSize,
    ServerResponse: Http1Response,
    shouldUpgradeCallback: asksForWebSocket,
    optimizeEmptyRequests: true, // a request without a body needs none of a stream's life cycle
  }
}

/** Other protocols that a client offers (h2c) are declined by answering in HTTP/1.1, as RFC 9110 §7.8 allows. */
function asksForWebSocket(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.toLowerCase() === 'websocket'
}
