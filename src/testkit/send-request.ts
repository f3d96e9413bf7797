import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { Client } from 'undici'

/** Statuses whose responses have no body (RFC 9110 §6.4.1). */
const BODILESS = new Set([204, 205, 304])
const BASE = 'http://localhost'

/** Sends one request over a connection of its own. Unlike the global `fetch` it changes nothing that it is given. */
export async function sendRequest(socket: Socket, input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input instanceof Request ? input : new URL(input, BASE), { ...init, ...halfDuplex(init.body) })
  const client = new Client(BASE, {
    connect: (_options, connected) => queueMicrotask(() => connected(null, socket)),
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const close = () => void client.destroy()
  try {
    const { statusCode, headers, body } = await client.request({
      method: request.method as 'GET',
      path: targetOf(input),
      headers: headersOf(request),
      body: await bodyOf(request, init.body),
      signal: request.signal,
      responseHeaders: 'raw',
    })
    body.once('close', close)
    const isEmpty = request.method === 'HEAD' || BODILESS.has(statusCode)
    if (isEmpty) body.resume()
    return new Response(isEmpty ? null : (Readable.toWeb(body) as ReadableStream), {
      status: statusCode,
      headers: pairsOf(headers as unknown as readonly string[]),
    })
  } catch (error) {
    close()
    throw error
  }
}

function halfDuplex(body: unknown): RequestInit {
  return body instanceof ReadableStream ? { duplex: 'half' } : {}
}

/** A path is sent as it is written: parsing it as a URL would normalise it. */
function targetOf(input: string | URL | Request): string {
  if (typeof input === 'string' && input.startsWith('/')) return input
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, BASE)
  return pathname + search
}

function headersOf({ headers, url }: Request): string[] {
  const host = headers.has('host') ? [] : ['Host', new URL(url).host]
  return [...host, ...[...headers].flat()]
}

/** What is not a stream is sent with its length. */
async function bodyOf(request: Request, given: RequestInit['body']): Promise<Readable | Buffer | null> {
  if (request.body === null) return null
  if (given instanceof ReadableStream) return Readable.fromWeb(request.body as never)
  return Buffer.from(await request.arrayBuffer())
}

function pairsOf(raw: readonly (string | Buffer)[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < raw.length; i += 2) pairs.push([text(raw[i]), text(raw[i + 1])])
  return pairs
}

function text(value: string | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}
