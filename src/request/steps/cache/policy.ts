import type { Exchange } from '../../chain/exchange.ts'
import type { HeaderList } from '../../message/header-list.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { CacheOptions } from './schema.ts'

/** What is kept of the responses to some requests. */
export interface CacheRule {
  /** Finds what of the body tells responses apart; null: nothing does. */
  readonly bodyKey: ((body: string) => string | null) | null
  readonly statuses: ReadonlySet<number>
  /** In seconds; 0: as long as there is room. */
  readonly timeout: number
}

/** Which requests are answered from the cache, and which responses are kept. */
export interface CachePolicy {
  readonly options: CacheOptions
  /** What holds for safe methods on every path; null: nothing is kept that no rule names. */
  readonly everywhere: CacheRule | null
  readonly rules: RuleSet<CacheRule>
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
export const safeMethods: readonly string[] = [...SAFE]

/** The rule for a request; undefined if the cache has nothing to do with it. */
export function ruleFor({ everywhere, rules }: CachePolicy, exchange: Exchange): CacheRule | undefined {
  if (exchange.upgrade) return undefined
  return rules.first(exchange) ?? (everywhere && SAFE.has(exchange.method) ? everywhere : undefined)
}

const ACTION = 'x-tyk-cache-action-set'
const ACTION_TTL = 'x-tyk-cache-action-set-ttl'

/** What a response to a request with credentials has to say, to be sent to others as well (RFC 9111 §3.5). */
const SHARING = ['public', 's-maxage', 'must-revalidate']

/** What a response is judged by. */
export interface Candidate {
  readonly status: number
  readonly headers: HeaderList
  /** Whether it may be for one client alone, since the request has an Authorization that tells no cached ones apart. */
  readonly credentials: boolean
}

/**
 * How long a response is kept, in seconds (0: as long as there is room); null if it is not. What must not be shared, or
 * is only a part, never is (RFC 9111 §3).
 */
export function lifetime({ options }: CachePolicy, rule: CacheRule, { status, headers, credentials }: Candidate): number | null {
  if (status === 206 || status === 304 || headers.has('set-cookie') || headers.get('vary')?.includes('*')) return null
  const directives = directivesOf(headers)
  if (directives.has('no-store') || directives.has('private')) return null
  if (options.enable_upstream_cache_control) return upstreamLifetime(options, rule, headers)
  if (credentials && !SHARING.some((directive) => directives.has(directive))) return null
  return rule.statuses.size === 0 || rule.statuses.has(status) ? rule.timeout : null
}

function upstreamLifetime(options: CacheOptions, rule: CacheRule, headers: HeaderList): number | null {
  if (headers.get(ACTION) !== '1') return null
  const told = Number(headers.get(options.cache_control_ttl_header || ACTION_TTL) ?? '')
  return Number.isFinite(told) && told > 0 ? told : rule.timeout
}

function directivesOf(headers: HeaderList): ReadonlySet<string> {
  const value = headers.get('cache-control')
  if (value === null) return new Set()
  return new Set(value.split(',').map((directive) => directive.split('=', 1)[0]?.trim().toLowerCase() ?? ''))
}
