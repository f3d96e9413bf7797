import { failure, type PosternError } from '../../../errors.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Loop, Rewritten } from '../../chain/place.ts'
import { normalisePath } from '../../router/normal-path.ts'
import type { Found } from '../../rules/search.ts'
import type { Part } from '../../values/parts.ts'
import { encodePiece, encodeUnsafe, encodeValue } from './percent-encode.ts'

/** Where a request is to go: behind the API's target, to another host, or to another API. */
export type Destination =
  | { readonly kind: 'target'; readonly to: Rewritten }
  | { readonly kind: 'host'; readonly origin: string; readonly to: Rewritten }
  | { readonly kind: 'loop'; readonly loop: Loop }

/** What a loop's own parameters say. */
export type LoopControls = Pick<Loop, 'method' | 'checkLimits' | 'limit'>

/** A `rewrite_to`, compiled. */
export interface DestinationPlan {
  /** What it begins with, in lower case; null for a path. */
  readonly scheme: 'http' | 'https' | 'tyk' | null
  /** What is between `://` and the first fixed slash; empty for a path. A group in it may begin the path, too (`http://host$1`). */
  readonly authority: readonly Part[]
  /** Path and query, of which all that is fixed is encoded. */
  readonly rest: readonly Part[]
  readonly controls: LoopControls
}

/** A host, with or without a port: what a value of a request may be between `://` and the path. */
const HOST = /^[A-Za-z0-9.-]+(?::\d{1,5})?$/
const ABSOLUTE = /^(https?:\/\/[^/?#]*)(.*)$/is

/** Where the plan leads for a request whose path the pattern has found those groups in. */
export function destinationOf(plan: DestinationPlan, exchange: Exchange, groups: Found): Destination | PosternError {
  if (plan.scheme === null) return behindTarget(plan, exchange, groups)
  const end = plan.authority.findIndex((part) => part.kind === 'group' && /^[/?]/.test(pieceOf(part, exchange, groups)))
  const length = end < 0 ? plan.authority.length : end
  const host = hostOf(plan.authority.slice(0, length), exchange, groups)
  if (host === null) return invalid('a value of the request stands for the host, and is none')
  const rest = textOf([...plan.authority.slice(length), ...plan.rest], exchange, groups)
  return plan.scheme === 'tyk' ? loopTo(host, rest, plan.controls) : toHost(`${plan.scheme}://${host}`, rest)
}

/** A variable that a rewrite begins with may be a whole URL. */
function behindTarget({ rest }: DestinationPlan, exchange: Exchange, groups: Found): Destination | PosternError {
  const [first, ...others] = rest
  const url = first?.kind === 'variable' ? ABSOLUTE.exec(first.read(exchange)) : null
  if (url) return toHost(url[1] as string, encodeUnsafe(url[2] as string) + textOf(others, exchange, groups))
  const to = split(textOf(rest, exchange, groups))
  return to ? { kind: 'target', to } : leaves()
}

function toHost(base: string, rest: string): Destination | PosternError {
  const url = URL.parse(base)
  if (url === null || url.username !== '' || url.password !== '') return invalid('there is no such host')
  const to = split(rest)
  return to ? { kind: 'host', origin: url.origin, to } : leaves()
}

function loopTo(to: string, rest: string, controls: LoopControls): Destination | PosternError {
  const target = split(rest)
  if (!target) return leaves()
  return { kind: 'loop', loop: { to, path: target.path, query: rest.includes('?') ? target.query : null, ...controls } }
}

function invalid(reason: string): PosternError {
  return failure('rewrite_invalid', { reason })
}

function leaves(): PosternError {
  return invalid('values of the request put dot segments into the path')
}

function hostOf(parts: readonly Part[], exchange: Exchange, groups: Found): string | null {
  let text = ''
  for (const part of parts) {
    const value = pieceOf(part, exchange, groups)
    if (part.kind !== 'literal' && !HOST.test(value)) return null
    text += value
  }
  return text
}

function textOf(parts: readonly Part[], exchange: Exchange, groups: Found): string {
  let text = ''
  for (const part of parts) {
    const value = pieceOf(part, exchange, groups)
    if (part.kind === 'literal') text += value
    else text += part.kind === 'group' ? encodePiece(value) : encodeValue(value)
  }
  return text
}

function pieceOf(part: Part, exchange: Exchange, groups: Found): string {
  if (part.kind === 'literal') return part.text
  return part.kind === 'group' ? (groups[part.index] ?? '') : part.read(exchange)
}

/** Path and query, without fragment; null where there are dot segments in the path: nobody has seen them coming. */
export function split(text: string): Rewritten | null {
  const whole = text.split('#', 1)[0] as string
  const mark = whole.indexOf('?')
  const path = mark < 0 ? whole : whole.slice(0, mark)
  const rooted = path.startsWith('/') ? path : `/${path}`
  const { decoded, normal } = normalisePath(rooted)
  return decoded === normal ? { path: rooted, query: mark < 0 ? '' : whole.slice(mark) } : null
}
