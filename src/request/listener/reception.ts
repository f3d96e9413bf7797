import { IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { failure, isFailure, type PosternError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { concludeAfter, crash } from '../answer/conclude.ts'
import { errorBody } from '../answer/error-body.ts'
import type { Api } from '../chain/api.ts'
import type { ApiDirectory, ListenerLife, Upgrade } from '../chain/arrival.ts'
import { Exchange } from '../chain/exchange.ts'
import { Trace } from '../chain/trace.ts'
import type { ClientRequest, ClientResponse } from '../message/client-message.ts'
import { cutUpload } from '../message/cut-upload.ts'
import { bodyLength, hostOf } from '../message/framing.ts'
import type { Router } from '../router/router.ts'
import { HeadCheck } from './head-check.ts'
import type { LoadShare } from './load-share.ts'
import { parseTarget } from './request-target.ts'
import type { Stranger } from './stranger.ts'

/** The world that a request runs in. A reload puts another in its place; this one lives until its requests have ended. */
export interface World {
  readonly router: Router<Api>
  /** Whether routing looks at the host. */
  readonly hosts: boolean
  readonly directory: ApiDirectory
  enter(): void
  leave(exchange: Exchange): void
}

export interface ReceptionOptions {
  /** The world as it is now. */
  readonly world: () => World
  /** Serves what no API listens for: admin and health. */
  readonly serveOwn: (incoming: ClientRequest, outgoing: ClientResponse) => void
  readonly log: Logger
  readonly scheme: 'http' | 'https'
  readonly life: Readonly<ListenerLife>
  /** Whether every request has a trace of its steps. */
  readonly traced: boolean
  /** Tells which connections to give up to other processes; null in a process that is alone. */
  readonly share: LoadShare | null
  /** Is told of requests that no API has served; null where nobody wants to know. */
  readonly onStranger: ((stranger: Stranger) => void) | null
}

/** How a request came in, where it is not a plain one. */
export interface Circumstances {
  readonly expectsContinue: boolean
  readonly upgrade: Upgrade | null
}

export const PLAIN: Circumstances = { expectsContinue: false, upgrade: null }
export const EXPECTS_CONTINUE: Circumstances = { expectsContinue: true, upgrade: null }

/** Takes the requests of a listener, of every protocol: refuses them, or finds their API and runs its chain. */
export class Reception {
  readonly #options: ReceptionOptions
  readonly #life: Readonly<ListenerLife>
  readonly #headCheck: HeadCheck
  /** Connections that end with an answer that is on its way: what a client has sent behind it is not looked at. */
  readonly #ending = new WeakSet<Socket>()

  constructor(options: ReceptionOptions) {
    this.#options = options
    this.#life = options.life
    this.#headCheck = new HeadCheck(options.life.limits.headerCount)
  }

  /** Whether nothing more is to be taken from a connection. */
  isEnding(socket: Socket): boolean {
    return this.#ending.has(socket)
  }

  take(incoming: ClientRequest, outgoing: ClientResponse, circumstances: Circumstances): void {
    const target = parseTarget(incoming)
    if (!target) {
      this.refuse(incoming, outgoing, failure('target_unsupported', { target: incoming.url ?? '' }))
      return
    }
    const problem = this.#headCheck.problem(incoming) ?? this.#sizeProblem(incoming)
    if (problem) {
      this.refuse(incoming, outgoing, problem, circumstances)
      return
    }
    if (this.#life.closing || this.#isToMove(incoming)) outgoing.shouldKeepAlive = false
    if (isOwnPath(target.path)) {
      this.#serveOwn(incoming, outgoing, circumstances)
      return
    }
    const world = this.#options.world()
    const match = world.router.match(world.hosts ? hostOf(incoming.rawHeaders) : undefined, target.path)
    if (match === undefined) {
      this.#noteUnrouted(incoming, outgoing, target.path)
      this.#serveOwn(incoming, outgoing, circumstances)
      return
    }
    if (isFailure(match)) {
      this.refuse(incoming, outgoing, match)
      return
    }
    const { route: api, normalPath, listenLength } = match
    const { path, query } = target
    const { expectsContinue, upgrade } = circumstances
    world.enter()
    const exchange = new Exchange({
      api,
      incoming,
      outgoing,
      path,
      query,
      normalPath,
      listenLength,
      scheme: this.#options.scheme,
      expectsContinue,
      upgrade,
      life: this.#life,
      directory: world.directory,
    })
    if (this.#options.traced) exchange.trace = new Trace(exchange.startedAt)
    follow(exchange, world)
    run(exchange)
  }

  #isToMove(incoming: ClientRequest): boolean {
    const { share } = this.#options
    return share !== null && incoming instanceof IncomingMessage && share.note(incoming.socket)
  }

  #sizeProblem(incoming: ClientRequest): PosternError | null {
    const limit = this.#life.limits.requestBody
    return limit > 0 && bodyLength(incoming) > limit ? failure('request_limit', { limit }) : null
  }

  #serveOwn(incoming: ClientRequest, outgoing: ClientResponse, { expectsContinue }: Circumstances): void {
    if (expectsContinue) outgoing.writeContinue()
    this.#options.serveOwn(incoming, outgoing)
  }

  #noteUnrouted(incoming: ClientRequest, outgoing: ClientResponse, path: string): void {
    const { onStranger } = this.#options
    if (!onStranger) return
    const startedAt = performance.now()
    outgoing.once('close', () => {
      onStranger({ incoming, life: this.#life, path, status: outgoing.statusCode, code: 'not_found', startedAt })
    })
  }

  /** Answers with an error, and has the connection end: who sends one malformed request is not to be heard any further. */
  refuse(incoming: ClientRequest, outgoing: ClientResponse, error: PosternError, { expectsContinue } = PLAIN): void {
    this.#options.log.info({ client: incoming.socket.remoteAddress }, error.message)
    // A client that is sending its body would not read the answer if the connection were closed at once.
    if (error.code === 'request_limit' && !expectsContinue) cutUpload(incoming, outgoing)
    else this.#end(incoming, outgoing)
    const { type, text } = errorBody(error, incoming.headers['content-type'])
    const body = Buffer.from(text)
    const headers = ['Content-Type', type, 'Content-Length', String(body.length)]
    outgoing.writeHead(error.status, STATUS_CODES[error.status] as string, headers)
    outgoing.end(body)
    const { onStranger } = this.#options
    if (!onStranger) return
    const { status, code } = error
    const path = parseTarget(incoming)?.path ?? ''
    onStranger({ incoming, life: this.#life, path, status, code, startedAt: performance.now() })
  }

  #end(incoming: ClientRequest, outgoing: ClientResponse): void {
    outgoing.shouldKeepAlive = false
    if (incoming instanceof IncomingMessage) this.#ending.add(incoming.socket)
  }
}

/** What the gateway answers itself, whatever APIs there are; definitions may not listen there. */
function isOwnPath(path: string): boolean {
  if (path.startsWith('/tyk')) return path.length === 4 || path[4] === '/'
  return path === '/hello' || path === '/ready'
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
    concludeAfter(exchange, exchange.api.chain.run(exchange))
  } catch (error) {
    crash(exchange, error)
  }
}
