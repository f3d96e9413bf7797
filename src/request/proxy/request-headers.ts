import { failure } from '../../errors.ts'

/** What is true of a request apart from its header list. */
export interface RequestFacts {
  /** The Host to send; null keeps the client's. */
  readonly host: string | null
  /** What X-Forwarded-For is told: the address that the connection comes from. */
  readonly peerAddress: string
  readonly scheme: string
  /** The length of the body that goes upstream; -1 for none, or one that is not known. */
  readonly length: number
  /** Names, in lower case, of `X-Forwarded-*` headers that are not to be added; null for none. */
  readonly withheld: ReadonlySet<string> | null
}

type Kind = 'hop' | 'te' | 'host' | 'forwarded-for' | 'forwarded-host' | 'forwarded-proto'

const KINDS = new Map<string, Kind>([
  // Hop-by-hop (RFC 9110 §7.6.1); Expect is answered by the gateway itself (§10.1.1).
  ['connection', 'hop'],
  ['proxy-connection', 'hop'],
  ['keep-alive', 'hop'],
  ['transfer-encoding', 'hop'],
  ['upgrade', 'hop'],
  ['proxy-authenticate', 'hop'],
  ['proxy-authorization', 'hop'],
  ['trailer', 'hop'],
  ['expect', 'hop'],
  ['te', 'te'],
  ['host', 'host'],
  ['content-length', 'hop'], // written anew: the gateway frames the body (RFC 9112 §6.3)
  ['x-forwarded-for', 'forwarded-for'],
  ['x-forwarded-host', 'forwarded-host'],
  ['x-forwarded-proto', 'forwarded-proto'],
])

/** The special names by their length: most names are told apart by that and their first letter. */
const BY_LENGTH = [...KINDS].reduce<[name: string, first: number, kind: Kind][][]>((lists, [name, kind]) => {
  lists[name.length] = [...(lists[name.length] ?? []), [name, name.charCodeAt(0), kind]]
  return lists
}, [])

function kindOf(name: string): Kind | undefined {
  const special = BY_LENGTH[name.length]
  if (special === undefined) return undefined
  const initial = name.charCodeAt(0) | 0x20
  for (const [lower, first, kind] of special) {
    if (initial === first && (name === lower || name.toLowerCase() === lower)) return kind
  }
  return undefined
}

/**
 * The header list for the upstream: the client's, in its order and spelling, without what belongs to the client's
 * connection, with the target's Host and `X-Forwarded-*`.
 *
 * @throws `host_repeated` if there is more than one Host (RFC 9112 §3.2)
 */
export function upstreamHeaders(raw: readonly string[], facts: RequestFacts): string[] {
  const { withheld } = facts
  const headers: string[] = []
  let host = ''
  let hosts = 0
  let named: string | null = null
  let forwardedFor = -1
  let forwardedHost = false
  let forwardedProto = false
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    switch (kindOf(name)) {
      case undefined:
        headers.push(name, value)
        break
      case 'host':
        hosts += 1
        host = value
        break
      case 'forwarded-for':
        forwardedFor = headers.push(name, value) - 1
        break
      case 'forwarded-host':
        forwardedHost = true
        headers.push(name, value)
        break
      case 'forwarded-proto':
        forwardedProto = true
        headers.push(name, value)
        break
      case 'te':
        if (acceptsTrailers(value)) headers.push(name, 'trailers')
        break
      case 'hop':
        if (name.toLowerCase() === 'connection' && !isPlainConnection(value)) named = named === null ? value : `${named},${value}`
        break
    }
  }
  if (hosts > 1) throw failure('host_repeated', undefined)
  headers.push('Host', facts.host ?? host)
  if (facts.length >= 0) headers.push('Content-Length', String(facts.length))
  if (forwardedFor >= 0) headers[forwardedFor] = `${headers[forwardedFor]}, ${facts.peerAddress}`
  else if (!withheld?.has('x-forwarded-for')) headers.push('X-Forwarded-For', facts.peerAddress)
  if (!forwardedHost && !withheld?.has('x-forwarded-host')) headers.push('X-Forwarded-Host', host)
  if (!forwardedProto && !withheld?.has('x-forwarded-proto')) headers.push('X-Forwarded-Proto', facts.scheme)
  return named === null ? headers : withoutNamed(headers, named)
}

function acceptsTrailers(te: string): boolean {
  return te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers')
}

function isPlainConnection(value: string): boolean {
  const lower = value.toLowerCase()
  return lower === 'keep-alive' || lower === 'close'
}

/** Fields that must not be taken off by naming them in Connection: the gateway's own, and what frames the message. */
const KEPT = new Set(['host', 'content-length', 'te', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])

/** The list without the fields that the Connection header names. */
export function withoutNamed(headers: readonly string[], connection: string): string[] {
  const names = new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
  return headers.filter((_, i) => {
    const name = (headers[i - (i % 2)] as string).toLowerCase()
    return KEPT.has(name) || !names.has(name)
  })
}
