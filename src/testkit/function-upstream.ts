import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { openWire } from '../request/listener/wire.ts'
import type { Connect } from '../request/upstream/connections.ts'
import type { UpstreamRequest } from './contract/types.ts'

type Answer = (request: Request) => Response | Promise<Response>

/** An upstream whose server is a function: real HTTP over connections in memory. */
export class FunctionUpstream {
  readonly requests: UpstreamRequest[] = []
  readonly #answer: Answer
  readonly #onError: (error: unknown) => void
  readonly #server = createServer((incoming, outgoing) => {
    this.#serve(incoming, outgoing).catch((error) => {
      this.#onError(error)
      outgoing.destroy()
    })
  })

  /** @param onError is told what the function throws; the gateway sees a connection that breaks */
  constructor(answer: Answer, onError: (error: unknown) => void) {
    this.#answer = answer
    this.#onError = onError
  }

  /** For undici, in place of the network. */
  readonly connect: Connect = (_options, connected) => {
    const { client, server } = openWire()
    this.#server.emit('connection', server)
    queueMicrotask(() => connected(null, client))
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const leaving = new AbortController()
    outgoing.once('close', () => leaving.abort())
    const record = recordOf(incoming, await buffer(incoming))
    this.requests.push(record)
    const response = await this.#answer(requestOf(record, leaving.signal))
    outgoing.writeHead(response.status, response.statusText, [...response.headers].flat())
    if (response.body) await pipeline(Readable.fromWeb(response.body as never), outgoing)
    else outgoing.end()
  }
}

function recordOf({ method = 'GET', url = '/', rawHeaders }: IncomingMessage, body: Buffer): UpstreamRequest {
  const pairs: [string, string][] = []
  for (let i = 0; i < rawHeaders.length; i += 2) pairs.push([rawHeaders[i] as string, rawHeaders[i + 1] as string])
  return {
    method,
    target: url,
    headers: new Headers(pairs),
    rawHeaders: pairs,
    body,
    text: () => body.toString(),
    json: () => JSON.parse(body.toString()),
  }
}

function requestOf({ method, target, headers, body }: UpstreamRequest, signal: AbortSignal): Request {
  const bodiless = method === 'GET' || method === 'HEAD' || body.length === 0
  const url = `http://${headers.get('host') ?? 'upstream'}${target}`
  return new Request(url, { method, headers, body: bodiless ? null : (body as Buffer<ArrayBuffer>), signal })
}

/** The upstream of tests that do not care: it tells what it was sent. */
export async function describeRequest(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  return Response.json({
    method: request.method,
    target: pathname + search,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  })
}
