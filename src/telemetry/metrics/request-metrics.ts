import type { ErrorCode } from '../../errors.ts'
import type { Api } from '../../request/chain/api.ts'
import type { Stranger } from '../../request/listener/stranger.ts'
import type { FinishedRequest } from '../finished-request.ts'
import { Histogram } from './histogram.ts'
import type { Sheet } from './sheet.ts'

/** Other methods are counted as `other`: clients may make up as many as they like. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'other']
const OTHER = METHODS.length - 1
/** 1xx to 5xx. */
const CLASSES = 5
/** Of more APIs, those that are new have one count together. */
const MOST_APIS = 10_000
const REST = 'other'

const LIMITS: Partial<Record<ErrorCode, string>> = {
  rate_limit_exceeded: 'rate',
  quota_exceeded: 'quota',
  api_rate_limit_exceeded: 'api_rate',
}

/** How a plugin did not do its work: hook, name, code and whether the request went on, as JSON. */
type FailureKey = string

/** What is counted for one API. */
class ApiCounts {
  /** By method, then by class of the status. */
  readonly requests = new Array<number>(METHODS.length * CLASSES).fill(0)
  readonly total = new Histogram()
  readonly upstream = new Histogram()
  readonly errors = new Map<ErrorCode, number>()
  readonly pluginFailures = new Map<FailureKey, number>()
  cacheHits = 0
}

/** Counts requests: about 0.2 µs for each. */
export class RequestMetrics {
  readonly #apis = new Map<string, ApiCounts>()
  /** The same by what a request has at hand. */
  readonly #known = new WeakMap<Api, ApiCounts>()
  readonly #strangers = new Map<ErrorCode, number>()

  readonly observe = (finished: FinishedRequest): void => {
    const { exchange, status, totalMs, upstreamMs, failure } = finished
    const counts = this.#of(exchange.api)
    const at = methodIndex(exchange.incoming.method) * CLASSES + Math.min(Math.max(Math.trunc(status / 100), 1), CLASSES) - 1
    counts.requests[at] = (counts.requests[at] as number) + 1
    counts.total.observe(totalMs / 1000)
    if (upstreamMs > 0) counts.upstream.observe(upstreamMs / 1000)
    if (failure !== null) bump(counts.errors, failure)
    if (exchange.fromCache) counts.cacheHits += 1
    for (const { plugin, code, skipped } of exchange.pluginFailures ?? []) {
      bump(counts.pluginFailures, JSON.stringify([plugin.phase, plugin.name, code, skipped]))
    }
  }

  readonly observeStranger = ({ code }: Stranger): void => bump(this.#strangers, code)

  #of(api: Api): ApiCounts {
    let counts = this.#known.get(api)
    if (counts === undefined) {
      const id = this.#apis.has(api.id) || this.#apis.size < MOST_APIS ? api.id : REST
      counts = this.#apis.get(id) ?? new ApiCounts()
      this.#apis.set(id, counts)
      this.#known.set(api, counts)
    }
    return counts
  }

  /** Forgets the counts of APIs that are served no more. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#apis.keys()) if (!ids.has(id) && id !== REST) this.#apis.delete(id)
  }

  /** Adds everything to a sheet, API by API, so that whoever asks can let others run in between. */
  *addTo(sheet: Sheet): Generator<void> {
    for (const [code, count] of this.#strangers) sheet.add('postern_unserved_requests_total', count, { code })
    for (const [id, counts] of this.#apis) {
      addApi(sheet, id, counts)
      yield
    }
  }
}

function methodIndex(method: string | undefined): number {
  if (method === 'GET') return 0
  const at = METHODS.indexOf(method ?? '')
  return at < 0 ? OTHER : at
}

function bump<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function addApi(sheet: Sheet, id: string, { requests, total, upstream, errors, pluginFailures, cacheHits }: ApiCounts): void {
  const api = { api_id: id }
  for (const [at, count] of requests.entries()) {
    if (count === 0) continue
    const method = METHODS[Math.trunc(at / CLASSES)] as string
    sheet.add('postern_requests_total', count, { ...api, method, status: `${(at % CLASSES) + 1}xx` })
  }
  sheet.addHistogram('postern_request_duration_seconds', total, api)
  sheet.addHistogram('postern_upstream_duration_seconds', upstream, api)
  for (const [code, count] of errors) {
    sheet.add('postern_request_errors_total', count, { ...api, code })
    const limit = LIMITS[code]
    if (limit !== undefined) sheet.add('postern_limits_refused_total', count, { ...api, limit })
  }
  if (cacheHits > 0) sheet.add('postern_cache_hits_total', cacheHits, api)
  for (const [key, count] of pluginFailures) {
    const [hook, plugin, code, skipped] = JSON.parse(key) as [string, string, string, boolean]
    sheet.add('postern_plugin_failures_total', count, { ...api, hook, plugin, code, skipped: String(skipped) })
  }
}
