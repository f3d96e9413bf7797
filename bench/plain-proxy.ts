/**
 * Frozen: every ratio in bench/results is measured against this file, so a change here would move them all.
 *
 * The control: the plainest reverse proxy that node:http and undici's dispatch allow, and as faithful as the gateway.
 * Header lists stay raw both ways (case, order, duplicates), bodies stream both ways under backpressure, hop-by-hop
 * headers go, X-Forwarded-* are added, aborts and failures travel in both directions. It has one upstream and no routes.
 *
 * `node bench/plain-proxy.ts <upstream origin> [port]` prints its own origin when it listens.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Dispatcher, Pool } from 'undici'

/** Makes the proxy; the caller listens, and closes. The upstream has `headersTimeout` milliseconds for its response head. */
export function createPlainProxy(origin: string, headersTimeout = 30_000): Server {
  // No body timeout: an event stream may be quiet for hours.
  const pool = new Pool(origin, { headersTimeout, bodyTimeout: 0 })
  // A request without a body needs none of the life cycle of a Readable.
  const server = createServer({ optimizeEmptyRequests: true }, (request, response) => forward(pool, request, response))
  server.on('close', () => void pool.destroy())
  return server
}

function forward(pool: Pool, request: IncomingMessage, response: ServerResponse): void {
  const hasBody = declaresBody(request)
  const exchange = new Exchange(request, response, hasBody)
  response.on('close', () => exchange.clientClosed())
  pool.dispatch(
    {
      path: originForm(request.url as string),
      method: request.method as string,
      headers: requestHeaders(request),
      body: hasBody ? request : null,
    },
    exchange,
  )
}

function declaresBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined
}

/** RFC 9112 §3.2.2: a server accepts the absolute form; the upstream, being no proxy, gets the path alone. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return path.startsWith('/') || path === '*' ? path : `/${path}`
}

/** One request on its way: undici's handler for its response. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #hasBody: boolean
  /** undici detaches a body's socket from the request when it is done with it. */
  readonly #socket: Socket
  #controller: Dispatcher.DispatchController | null = null
  #clientClosed = false
  /** Bytes of the response body still to come; -1 when not announced. */
  #remaining = -1
  #bodyBegan = false
  #ended = false

  constructor(request: IncomingMessage, response: ServerResponse, hasBody: boolean) {
    this.#request = request
    this.#response = response
    this.#hasBody = hasBody
    this.#socket = request.socket
  }

  clientClosed(): void {
    if (!this.#response.writableFinished) {
      this.#clientClosed = true
      this.#controller?.abort(new Error('Client closed request'))
    } else if (this.#hasBody && !this.#request.complete) {
      // Answered before the request was read to its end: nobody will read the rest.
      this.#socket.destroySoon()
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#clientClosed) controller.abort(new Error('Client closed request'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _headers: unknown, statusText = ''): void {
    const raw = controller.rawHeaders as Buffer[]
    const response = this.#response
    if (status < 200) {
      if (this.#request.httpVersionMinor > 0) response.writeInformation(status, responseHeaders(raw, false).list)
      return
    }
    const bodiless = this.#request.method === 'HEAD' || status === 204 || status === 304
    // Node refuses Trailer where it cannot send trailers: without a body, and to HTTP/1.0.
    const { list, length } = responseHeaders(raw, !bodiless && this.#request.httpVersionMinor > 0)
    response.writeHead(status, statusText, list)
    if (bodiless) return
    this.#remaining = length
    // The body mostly comes with the head, and then both go out in one write; else the head must not wait for it.
    process.nextTick(flushHead, this)
  }

  flushHead(): void {
    if (!this.#bodyBegan && !this.#ended && !this.#clientClosed) this.#response.flushHeaders()
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const response = this.#response
    this.#bodyBegan = true
    if (this.#remaining === chunk.length) {
      this.#ended = true
      response.end(chunk)
      return
    }
    if (this.#remaining > 0) this.#remaining -= chunk.length
    if (!response.write(chunk) && !controller.paused) {
      controller.pause()
      response.once('drain', () => controller.resume())
    }
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#ended) return
    this.#ended = true
    const trailers = controller.rawTrailers as Buffer[] | null
    if (trailers !== null && trailers.length > 0) this.#response.addTrailers(pairs(trailers))
    this.#response.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const response = this.#response
    if (this.#clientClosed) return
    if (response.headersSent) {
      response.destroy()
      return
    }
    const timedOut = (error as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT'
    const text = timedOut ? 'Upstream service reached hard timeout.' : 'There was a problem proxying the request'
    const body = JSON.stringify({ error: text })
    const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
    // The rest of an unread body would be taken for the next request.
    if (this.#hasBody) headers.push('Connection', 'close')
    response.writeHead(timedOut ? 504 : 500, headers).end(body)
  }
}

function flushHead(exchange: Exchange): void {
  exchange.flushHead()
}

/** The request's header list as the upstream gets it; undici writes Host, Connection and the framing. */
function requestHeaders(request: IncomingMessage): string[] {
  const { headers } = request
  const raw = withoutListed(request.rawHeaders, headers.connection)
  const address = request.socket.remoteAddress ?? ''
  const list: string[] = []
  let forwardedFor = -1
  let forwardedHost = false
  let forwardedProto = false
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    let value = raw[i + 1] as string
    // The length tells most names apart without looking at a character.
    switch (name.length) {
      case 2: // TE: the only value that an intermediary may hand on
        if (is(name, 'te')) {
          if (!/(?:^|,)\s*trailers\s*(?:,|$)/i.test(value)) continue
          value = 'trailers'
        }
        break
      case 4:
        if (is(name, 'host')) continue
        break
      case 6: // Node has answered 100-continue
        if (is(name, 'expect')) continue
        break
      case 7:
        if (is(name, 'trailer') || is(name, 'upgrade')) continue
        break
      case 10:
        if (is(name, 'connection') || is(name, 'keep-alive')) continue
        break
      case 15:
        if (is(name, 'x-forwarded-for')) forwardedFor = list.length + 1
        break
      case 16:
        if (is(name, 'proxy-connection')) continue
        if (is(name, 'x-forwarded-host')) forwardedHost = true
        break
      case 17:
        if (is(name, 'transfer-encoding')) continue
        if (is(name, 'x-forwarded-proto')) forwardedProto = true
        break
      case 19:
        if (is(name, 'proxy-authorization')) continue
        break
    }
    list.push(name, value)
  }
  if (forwardedFor === -1) list.push('X-Forwarded-For', address)
  else list[forwardedFor] += `, ${address}`
  if (!forwardedHost && headers.host !== undefined) list.push('X-Forwarded-Host', headers.host)
  if (!forwardedProto) list.push('X-Forwarded-Proto', 'http')
  return list
}

/** The upstream's header list as the client gets it, and its Content-Length, or -1. */
function responseHeaders(raw: Buffer[], keepTrailer: boolean): { list: string[]; length: number } {
  let list: string[] = []
  let length = -1
  let connection: string | undefined
  let trailer = -1
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as Buffer).toString('latin1')
    let value = (raw[i + 1] as Buffer).toString('latin1')
    switch (name.length) {
      case 7:
        if (is(name, 'upgrade')) continue
        if (is(name, 'trailer')) {
          if (!keepTrailer) continue
          trailer = list.length
        }
        break
      case 10:
        if (is(name, 'keep-alive')) continue
        if (is(name, 'connection')) {
          connection = connection === undefined ? value : `${connection}, ${value}`
          continue
        }
        break
      case 14:
        if (is(name, 'content-length')) length = Number(value)
        break
      case 16:
        if (is(name, 'proxy-connection')) continue
        break
      case 17:
        if (is(name, 'transfer-encoding')) continue
        break
      case 18:
        if (is(name, 'proxy-authenticate')) continue
        break
      case 19: // Node decodes this one as UTF-8 once it has seen a Content-Length, and would change its bytes
        if (length > 0 && is(name, 'content-disposition')) value = Buffer.from(value).toString('latin1')
        break
    }
    list.push(name, value)
  }
  // Trailers need chunks.
  if (trailer !== -1 && length !== -1) list.splice(trailer, 2)
  list = withoutListed(list, connection)
  return { list, length }
}

function is(name: string, lowerCased: string): boolean {
  return name === lowerCased || name.toLowerCase() === lowerCased
}

/** RFC 9110 §7.6.1: what Connection names is for this hop alone. */
function withoutListed(raw: string[], connection: string | undefined): string[] {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return raw
  const listed = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  listed.delete('te') // which has its own rule
  return raw.filter((_, i) => !listed.has((raw[i - (i % 2)] as string).toLowerCase()))
}

function pairs(raw: Buffer[]): [string, string][] {
  const list: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2)
    list.push([(raw[i] as Buffer).toString('latin1'), (raw[i + 1] as Buffer).toString('latin1')])
  return list
}

if (import.meta.main) {
  const [origin, port] = process.argv.slice(2)
  if (origin === undefined) throw new Error('Start the plain proxy failed: name the upstream, as in http://127.0.0.1:9000')
  const server = createPlainProxy(origin)
  server.listen(Number(port ?? 0), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
}
