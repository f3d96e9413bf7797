import { Readable } from 'node:stream'
import { failure } from '../../errors.ts'
import { peerAddress } from '../address/client-address.ts'
import type { Exchange } from '../chain/exchange.ts'
import { recall } from '../message/body-source.ts'
import { reconcile } from '../message/header-list.ts'
import { isInMemory } from '../message/in-memory.ts'
import { LazyRequest } from '../message/lazy-request.ts'
import { EMPTY_PAYLOAD, NO_PAYLOAD, type Payload } from '../message/payload.ts'
import { payloadOf, RequestBody } from '../message/request-body.ts'
import { withId } from '../message/request-ids.ts'
import type { Target } from '../upstream/target.ts'
import { upstreamHeaders } from './request-headers.ts'
import { upstreamPath } from './target.ts'

/** A request as it goes upstream, but for its body. */
export interface OutgoingHead {
  readonly method: string
  readonly path: string
  readonly headers: string[]
}

/** The request that a plugin put in place of the client's; undefined if none has. */
function replacement(exchange: Exchange): Request | undefined {
  const request = exchange.draft?.request
  return request instanceof LazyRequest ? undefined : request
}

/** The body that goes upstream: the client's, unless a plugin gave another. */
export function outgoingPayload(exchange: Exchange): Payload | Promise<Payload> {
  const payload = givenPayload(exchange)
  const method = methodOf(exchange)
  return method === exchange.incoming.method || payload instanceof Promise ? payload : fitting(payload, method)
}

function methodOf(exchange: Exchange): string {
  return exchange.upstreamMethod ?? exchange.method
}

/** Methods whose requests say that they have no body (RFC 9110 §8.6). */
const TELLING = new Set(['POST', 'PUT', 'PATCH'])

/** A body that is not there, as a request of another method than the client's has it. */
function fitting(payload: Payload, method: string): Payload {
  if (payload.body !== null) return payload
  return TELLING.has(method) ? EMPTY_PAYLOAD : NO_PAYLOAD
}

function givenPayload(exchange: Exchange): Payload | Promise<Payload> {
  const request = replacement(exchange)
  if (!request) return exchange.payload()
  if (request.bodyUsed) throw failure('request_body_used', undefined)
  if (request.body === null) return NO_PAYLOAD
  const source = recall(request.body)
  if (source instanceof RequestBody) return source.payload()
  if (isInMemory(request)) return request.arrayBuffer().then((bytes) => payloadOf(Buffer.from(bytes)))
  return { body: Readable.fromWeb(request.body as never), length: -1 }
}

/** Method, path and headers as they go upstream. */
export function outgoingHead(exchange: Exchange, target: Target, length: number): OutgoingHead {
  const { api, draft, incoming, life, scheme } = exchange
  const raw = draft ? reconcile(incoming.rawHeaders, draft.request.headers) : incoming.rawHeaders
  const headers = upstreamHeaders(raw, {
    host: api.preserveHost ? null : target.host,
    peerAddress: peerAddress(exchange),
    scheme,
    length,
    withheld: exchange.withheld,
  })
  if (target.proxyAuthorization !== null) headers.push('Proxy-Authorization', target.proxyAuthorization)
  const { requestIds } = life
  return {
    method: methodOf(exchange),
    path: upstreamPath(exchange, target),
    headers: requestIds.toUpstream ? withId(headers, requestIds, exchange.requestId) : headers,
  }
}
