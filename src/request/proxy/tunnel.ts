import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { failure } from '../../errors.ts'
import type { Upgrade } from '../chain/arrival.ts'
import type { Exchange } from '../chain/exchange.ts'
import type { CallOutcome, UpstreamCall } from '../chain/upstream-call.ts'
import { type BodySource, lazyStream } from '../message/body-source.ts'
import type { ClientResponse } from '../message/client-message.ts'
import { withId } from '../message/request-ids.ts'
import type { Target } from '../upstream/target.ts'
import { DirectAnswer, HeldAnswer } from './answer.ts'
import { outgoingHead } from './outgoing-request.ts'
import { withoutHopByHop } from './response-headers.ts'
import { isOfUpstream } from './upstream-error.ts'
import type { HeadReceiver } from './upstream-response.ts'

/**
 * The end of a chain for a request that asks to change protocol (RFC 9110 §7.8; WebSocket, RFC 6455): over node:http,
 * since undici's dispatch cannot pass on the client's own header list there. Resolves when the upstream has answered.
 */
export function tunnel(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    const receiver =
      exchange.waiting === 0 && exchange.responseChain === null ? new DirectAnswer(exchange) : new HeldAnswer(exchange, resolve)
    const fail = (error: Error) => {
      receiver.fail(error)
      resolve()
    }
    let target: Target
    try {
      target = exchange.upstream.plain ?? exchange.upstream.choose([])
    } catch (error) {
      exchange.outcome?.failed()
      fail(error as Error)
      return
    }
    try {
      const call = open(exchange, target)
      const tunnel = new TunnelCall(call, target, exchange.outcome)
      exchange.call = tunnel
      call.on('error', (error) => {
        tunnel.failed(error)
        fail(error)
      })
      call.on('information', ({ statusCode, rawHeaders }) => exchange.outgoing.writeInformation(statusCode, rawHeaders))
      call.on('response', (response) => {
        tunnel.answered(response)
        answer(receiver, response)
        resolve()
      })
      call.on('upgrade', (response, socket, head) => {
        tunnel.answered(response)
        connect(exchange, response, socket, head)
        resolve()
      })
      call.end()
    } catch (error) {
      exchange.outcome?.abandoned()
      fail(error as Error)
    }
  })
}

function open(exchange: Exchange, target: Target): ClientRequest {
  const timeoutMs = exchange.timeoutMs || exchange.upstream.timeoutMs
  const { method, path, headers } = outgoingHead(exchange, target, -1)
  const protocol = exchange.incoming.headers.upgrade as string
  const call = request({
    method,
    path,
    headers: [...headers, 'Connection', 'Upgrade', 'Upgrade', protocol],
    createConnection: (_, opened) => target.connections.openAlone(opened as never) as undefined,
    setHost: false,
  })
  const timer = setTimeout(() => call.destroy(failure('upstream_timeout', undefined)), timeoutMs)
  const stop = () => clearTimeout(timer)
  return call.once('response', stop).once('upgrade', stop).once('error', stop).once('close', stop)
}

class TunnelCall implements UpstreamCall {
  readonly target: Target
  readonly #request: ClientRequest
  readonly #outcomes: readonly CallOutcome[]
  readonly startedAt = performance.now()
  respondedAt = 0
  status = 0

  /** @param outcome is told how it ends, besides the target */
  constructor(request: ClientRequest, target: Target, outcome: CallOutcome | null) {
    this.#request = request
    this.target = target
    this.#outcomes = [target.health?.admit(), outcome].filter((each) => each !== null && each !== undefined)
  }

  answered({ statusCode = 0 }: IncomingMessage): void {
    this.status = statusCode
    this.respondedAt = performance.now()
    for (const outcome of this.#outcomes) {
      if (statusCode >= 500) outcome.failed()
      else outcome.succeeded()
    }
  }

  /** What fails once it was answered says nothing more about the target. */
  failed(error: Error): void {
    if (this.status !== 0) return
    for (const outcome of this.#outcomes) {
      if (isOfUpstream(error)) outcome.failed()
      else outcome.abandoned()
    }
  }

  abort(reason: Error): void {
    this.#request.destroy(reason)
  }
}

/** The upstream would not change protocol: its answer is an ordinary response. */
function answer(receiver: HeadReceiver, response: IncomingMessage): void {
  const headers = withoutHopByHop(response.rawHeaders)
  receiver.receive(
    { status: response.statusCode as number, statusText: response.statusMessage ?? '', headers, length: -1 },
    new MessageBody(response),
  )
}

/** Both sides changed protocol: from here on their bytes are passed on, each way, until one of them ends. */
function connect(exchange: Exchange, response: IncomingMessage, upstream: Duplex, head: Buffer): void {
  const { socket: client, head: sent } = exchange.upgrade as Upgrade
  // Only HTTP/1.1 has upgrades, and there the response is node:http's own.
  const outgoing = exchange.outgoing as ServerResponse
  outgoing.detachSocket(client as never)
  client.write(switchingHead(exchange, response))
  if (head.length > 0) client.write(head)
  if (sent.length > 0) upstream.write(sent)
  const close = () => {
    client.destroy()
    upstream.destroy()
  }
  client.on('error', close).on('close', close)
  upstream.on('error', close).on('close', close)
  client.pipe(upstream).pipe(client)
}

function switchingHead(exchange: Exchange, { statusMessage, rawHeaders }: IncomingMessage): string {
  const { requestIds } = exchange.life
  const headers = requestIds.toClient ? withId(rawHeaders, requestIds, exchange.requestId) : rawHeaders
  const lines = [`HTTP/1.1 101 ${statusMessage || 'Switching Protocols'}`]
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The body of a node:http response as a source. */
class MessageBody implements BodySource {
  readonly #message: IncomingMessage

  constructor(message: IncomingMessage) {
    this.#message = message
  }

  pipeTo(response: ClientResponse): void {
    this.#message.on('error', () => response.destroy())
    this.#message.pipe(response as ServerResponse)
  }

  stream(): ReadableStream<Uint8Array> {
    return lazyStream(
      () => this.#message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>,
      () => this.cancel(),
    )
  }

  async collect(limit: number): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this.#message) {
      size += chunk.length
      if (size > limit) throw failure('response_body_too_large', { limit })
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  drain(): void {
    this.#message.resume()
  }

  cancel(): void {
    this.#message.destroy()
  }
}
