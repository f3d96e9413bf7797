import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createAdaptorServer } from '@hono/node-server'
import { failure, isFailure } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { errorBody } from '../answer/error-body.ts'
import type { Api } from '../chain/api.ts'
import { type ApiDirectory, Exchange, type ListenerLife, type Upgrade } from '../chain/exchange.ts'
import { Trace } from '../chain/trace.ts'
import { hostOf } from '../message/framing.ts'
import type { Router } from '../router/router.ts'
import { answerClientError } from './client-error.ts'
import { conclude, crash } from './conclude.ts'
import { parseTarget } from './request-target.ts'

/** The world that a request runs in. A reload puts another in its place; this one lives until its requests have ended. */
export interface World {
  readonly router: Router<Api>
  /** Whether routing looks at the host. */
  readonly hosts: boolean
  readonly directory: ApiDirectory
  enter(): void
  leave(exchange: Exchange): void
}

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
  /** How long a client may take to send its request, in milliseconds. */
  readonly readTimeoutMs: number
  /** Whether every request has a trace of its steps. */
  readonly traced: boolean
}

/** How a request came in, where it is not a plain one. */
interface Circumstances {
  readonly expectsContinue: boolean
  readonly upgrade: Upgrade | null
}

/** How long a client may take to send a request's head. */
const HEADERS_TIMEOUT_MS = 60_000
/** Longer than load balancers keep idle connections (60 s as a rule), so that it is never the gateway that closes one they are about to use. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000

/** How often connections that have become idle are closed while the listener closes. */
const SWEEP_MS = 50

const PLAIN: Circumstances = { expectsContinue: false, upgrade: null }

/** An open port. Requests for an API run its chain on the raw request and response; the rest goes to the Hono app. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #server: Server
  #serveApp: (incoming: IncomingMessage, outgoing: ServerResponse) => void = () => {}
  /** Connections that have changed protocol; the server does not count them as its own. */
  readonly #tunnels = new Set<Socket>()
  readonly #life: ListenerLife = { closing: false }

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#server = createAdaptorServer({
      fetch: options.fetch,
      overrideGlobalObjects: false,
      createServer: ((serverOptions: object, serveApp: (incoming: IncomingMessage, outgoing: ServerResponse) => void) => {
        this.#serveApp = serveApp
        return this.#createServer(serverOptions)
      }) as never,
    }) as Server
  }

  #createServer(options: object): Server {
    const server = createServer(
      {
        ...options,
        requestTimeout: this.#options.readTimeoutMs,
        headersTimeout: Math.min(this.#options.readTimeoutMs || HEADERS_TIMEOUT_MS, HEADERS_TIMEOUT_MS),
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
        shouldUpgradeCallback: asksForWebSocket,
        optimizeEmptyRequests: true, // a request without a body needs none of a stream's life cycle
      },
      (incoming, outgoing) => this.#route(incoming, outgoing, PLAIN),
    )
    server.on('checkContinue', (incoming, outgoing) => this.#route(incoming, outgoing, { expectsContinue: true, upgrade: null }))
    server.on('upgrade', (incoming, socket, head) => this.#upgrade(incoming, socket as Socket, head))
    server.on('clientError', (error, socket) => answerClientError(error, socket as Socket, this.#options.log))
    return server
  }

  /**
   * Starts to listen; resolves with the port.
   *
   * @param socket one that listens already, from the process before this one; port and address are its own then
   */
  open(port: number, address: string, socket?: ListeningSocket): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socket ?? { port, ...(address && { host: address }) }, () => {
        this.#server.off('error', reject)
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Serves a connection that came by other means than the port. */
  accept(connection: Duplex): void {
    this.#server.emit('connection', connection)
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
    const timer = setTimeout(() => this.#cut(), timeoutMs)
    // A connection whose last response had begun before is idle when that response has ended.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS)
    await closed
    clearTimeout(timer)
    clearInterval(sweep)
  }

  #cut(): void {
    this.#server.closeAllConnections()
    for (const socket of this.#tunnels) socket.destroy()
  }

  #upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const outgoing = new ServerResponse(incoming)
    outgoing.shouldKeepAlive = false
    outgoing.assignSocket(socket)
    outgoing.once('finish', () => {
      outgoing.detachSocket(socket)
      socket.end()
    })
    socket.on('error', () => socket.destroy())
    this.#tunnels.add(socket)
    socket.once('close', () => this.#tunnels.delete(socket))
    this.#route(incoming, outgoing, { expectsContinue: false, upgrade: { socket, head } })
  }

  #route(incoming: IncomingMessage, outgoing: ServerResponse, { expectsContinue, upgrade }: Circumstances): void {
    const target = parseTarget(incoming)
    if (!target) {
      this.#refuse(incoming, outgoing, failure('target_unsupported', { target: incoming.url ?? '' }))
      return
    }
    if (this.#life.closing) outgoing.shouldKeepAlive = false
    if (isOwnPath(target.path)) {
      this.#serveOwn(incoming, outgoing, expectsContinue)
      return
    }
    const world = this.#options.world()
    const match = world.router.match(world.hosts ? hostOf(incoming.rawHeaders) : undefined, target.path)
    if (match === undefined) {
      this.#serveOwn(incoming, outgoing, expectsContinue)
      return
    }
    if (isFailure(match)) {
      this.#refuse(incoming, outgoing, match)
      return
    }
    const { route: api, normalPath, listenLength } = match
    const { path, query } = target
    world.enter()
    const exchange = new Exchange({
      api,
      incoming,
      outgoing,
      path,
      query,
      normalPath,
      listenLength,
      scheme: 'http',
      expectsContinue,
      upgrade,
      life: this.#life,
      directory: world.directory,
    })
    if (this.#options.traced) exchange.trace = new Trace()
    follow(exchange, world)
    run(exchange)
  }

  #serveOwn(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): void {
    if (expectsContinue) outgoing.writeContinue()
    this.#serveApp(incoming, outgoing)
  }

  #refuse(incoming: IncomingMessage, outgoing: ServerResponse, error: ReturnType<typeof failure>): void {
    this.#options.log.info({ client: incoming.socket.remoteAddress }, error.message)
    const { type, text } = errorBody(error.client, incoming.headers['content-type'])
    outgoing.writeHead(error.status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text)
  }
}

/** What the gateway answers itself, whatever APIs there are; definitions may not listen there. */
function isOwnPath(path: string): boolean {
  if (path.startsWith('/tyk')) return path.length === 4 || path[4] === '/'
  return path === '/hello' || path === '/ready'
}

/** Other protocols that a client offers (h2c) are declined by answering in HTTP/1.1, as RFC 9110 §7.8 allows. */
function asksForWebSocket(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.toLowerCase() === 'websocket'
}

/** Ends the exchange when its response has ended, however it did. */
function follow(exchange: Exchange, world: World): void {
  const { outgoing, upgrade } = exchange
  const end = () => {
    if (!outgoing.writableFinished) exchange.leave()
    world.leave(exchange)
  }
  if (upgrade) upgrade.socket.once('close', end)
  else outgoing.on('close', end)
}

function run(exchange: Exchange): void {
  try {
    const running = exchange.api.chain.run(exchange)
    if (running) {
      running.then(() => conclude(exchange)).catch((error) => crash(exchange, error))
    } else conclude(exchange)
  } catch (error) {
    crash(exchange, error)
  }
}
