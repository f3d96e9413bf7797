import type { Exchange } from '../../chain/exchange.ts'
import type { QuotaRule, QuotaVerdict, RateRule, RateVerdict } from './counters.ts'

/** Which headers tell clients of their limits; `rate_limit_response_headers` and `enable_ietf_rate_limit_headers` of gateway.conf. */
export interface LimitHeaders {
  /** What the `X-RateLimit-*` headers are about. */
  readonly about: 'quotas' | 'rate_limits'
  /** Whether `RateLimit`, `RateLimit-Policy` and `Retry-After` are sent as well. */
  readonly ietf: boolean
}

/** The header fields that tell of one kind of limit. */
export class LimitReport {
  readonly #headers: LimitHeaders

  constructor(headers: LimitHeaders) {
    this.#headers = headers
  }

  /** Tells of a rate. */
  rate(exchange: Exchange, { windowMs }: RateRule, verdict: RateVerdict): void {
    const { limit, remaining, resetMs } = verdict
    if (this.#headers.about === 'rate_limits') setClassic(exchange, limit, remaining, Math.ceil((Date.now() + resetMs) / 1000))
    if (this.#headers.ietf) setIetf(exchange, 'rate', { max: limit, windowMs, remaining, resetMs })
  }

  /** Tells of a quota. */
  quota(exchange: Exchange, { max, renewalMs }: QuotaRule, { remaining, renewsAtMs }: QuotaVerdict): void {
    if (this.#headers.about === 'quotas') setClassic(exchange, max, remaining, Math.ceil(renewsAtMs / 1000))
    if (this.#headers.ietf) {
      const resetMs = renewsAtMs === 0 ? null : renewsAtMs - Date.now()
      setIetf(exchange, 'quota', { max, windowMs: renewalMs, remaining, resetMs })
    }
  }

  /** Tells a client that was refused when to come again (RFC 9110 §10.2.3). */
  retryAfter(exchange: Exchange, ms: number): void {
    if (this.#headers.ietf) exchange.openPrepared().set('Retry-After', String(Math.max(1, Math.ceil(ms / 1000))))
  }
}

/** @param reset Unix seconds */
function setClassic(exchange: Exchange, limit: number, remaining: number, reset: number): void {
  const prepared = exchange.openPrepared()
  prepared.put('X-RateLimit-Limit', String(limit))
  prepared.put('X-RateLimit-Remaining', String(remaining))
  prepared.put('X-RateLimit-Reset', String(reset))
}

interface IetfLimit {
  readonly max: number
  readonly windowMs: number
  readonly remaining: number
  /** null where nothing is ever given back. */
  readonly resetMs: number | null
}

/** Fields of draft-ietf-httpapi-ratelimit-headers-10: a list of structured items, one for each policy. */
function setIetf(exchange: Exchange, name: string, { max, windowMs, remaining, resetMs }: IetfLimit): void {
  const prepared = exchange.openPrepared()
  const window = windowMs > 0 ? `;w=${Math.max(1, Math.round(windowMs / 1000))}` : ''
  const reset = resetMs === null ? '' : `;t=${Math.max(0, Math.ceil(resetMs / 1000))}`
  prepared.append('RateLimit-Policy', `"${name}";q=${max}${window}`)
  prepared.append('RateLimit', `"${name}";r=${remaining}${reset}`)
}
