import type { Detail } from '../../request/chain/detail.ts'
import type { Exchange } from '../../request/chain/exchange.ts'
import type { SecretPlaces } from '../../request/chain/recording.ts'
import { HeaderList, linesOf } from '../../request/message/header-list.ts'

/** A request and its response as they are to be recorded whole. */
export interface RawDetail {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly httpVersion: string
  /** Names and values in turn, as the chain left them. */
  readonly headers: readonly string[]
  readonly requestBody: Buffer | null
  readonly response: Detail['response']
  /** How many bytes it holds in memory, or somewhat less. */
  readonly size: number
}

/** Takes out of an exchange what was kept of it. */
export function takeDetail(exchange: Exchange): RawDetail {
  const { detail, requestHeaders, incoming } = exchange
  const requestBody = detail?.requestBody?.bytes() ?? keptBody(exchange)
  const response = detail?.response ?? null
  return {
    method: exchange.upstreamMethod ?? exchange.method,
    target: targetOf(exchange),
    httpVersion: incoming.httpVersion,
    headers: requestHeaders instanceof HeaderList ? requestHeaders.raw.slice() : linesOf(requestHeaders),
    requestBody,
    response,
    size: (requestBody?.length ?? 0) + (response?.body.length ?? 0),
  }
}

/** What a plugin has read of a request that did not go on. */
function keptBody({ body, recording }: Exchange): Buffer | null {
  const kept = body?.kept
  return kept ? Buffer.from(kept.subarray(0, recording.maxBody)) : null
}

/** A plugin may have put another URL in place of the client's. */
function targetOf({ draft, path, query, rewritten }: Exchange): string {
  if (rewritten) return rewritten.path + rewritten.query
  const url = draft && URL.parse(draft.request.url)
  return url ? url.pathname + url.search : path + query
}

const CREDENTIALS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
const HIDDEN = '[redacted]'

/** The request on the wire, without credentials unless they are wanted. */
export function rawRequest(detail: RawDetail, secrets: SecretPlaces | null): string {
  const { method, target, httpVersion, headers, requestBody } = detail
  const shown = secrets ? withoutParams(target, secrets.params) : target
  return encoded(`${method} ${shown} HTTP/${httpVersion}`, headers, requestBody, secrets)
}

/** The response on the wire, likewise; '' where there is none. */
export function rawResponse({ response, httpVersion }: RawDetail, secrets: SecretPlaces | null): string {
  if (!response) return ''
  const { status, reason, headers, body } = response
  return encoded(`HTTP/${httpVersion} ${status} ${reason}`, headers, body.bytes(), secrets)
}

function encoded(start: string, headers: readonly string[], body: Buffer | null, secrets: SecretPlaces | null): string {
  const lines = [start]
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const lower = name.toLowerCase()
    const isHidden = secrets !== null && (CREDENTIALS.has(lower) || secrets.headers.has(lower))
    lines.push(`${name}: ${isHidden ? HIDDEN : headers[i + 1]}`)
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return (body ? Buffer.concat([head, body]) : head).toString('base64')
}

/** A parameter's name may be written in more than one way. */
function withoutParams(target: string, names: ReadonlySet<string>): string {
  const at = target.indexOf('?')
  if (at < 0 || names.size === 0) return target
  const fields = target
    .slice(at + 1)
    .split('&')
    .map((field) => {
      const [name = ''] = field.split('=', 1)
      return names.has(decoded(name)) ? `${name}=${HIDDEN}` : field
    })
  return `${target.slice(0, at)}?${fields.join('&')}`
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
