import { isFailure, property } from '../../errors.ts'
import { clientAddress, peerAddress } from '../../request/address/client-address.ts'
import type { FinishedRequest } from '../finished-request.ts'
import { LastQuoted, milliseconds, quotedAgent, quotedHost, quotedPath } from '../json-text.ts'
import type { ShownKeys } from '../shown-keys.ts'
import type { FieldName } from './field-names.ts'
import { type Verdict, verdictOn } from './response-flags.ts'

/** One request for the time that its line takes to write. */
export interface Subject {
  readonly finished: FinishedRequest
  readonly keys: ShownKeys
  /** null where nothing went wrong. */
  readonly verdict: Verdict | null
}

/** The JSON of a field's value; '' leaves the field out. */
export type Field = (subject: Subject) => string

/** Text that cannot hold anything that JSON would have to write otherwise. */
const plain = (value: string) => (value === '' ? '' : `"${value}"`)
const text = (value: string) => (value === '' ? '' : JSON.stringify(value))
/** The same for what many requests have in common. */
const common = (last: LastQuoted, value: string) => (value === '' ? '' : last.of(value))
const number = (value: number) => (value === 0 ? '' : String(value))

const quotedVersion = new LastQuoted()
const quotedUpstream = new LastQuoted()

/** Fields that an API has, the same for all of its requests. */
export const ofApi: Partial<Record<FieldName, Field>> = {
  api_id: ({ finished }) => text(finished.exchange.api.id),
  api_name: ({ finished }) => text(finished.exchange.api.name),
  org_id: ({ finished }) => text(finished.exchange.api.orgId),
}

/** Fields of each request. */
export const ofRequest: Readonly<Record<Exclude<FieldName, 'api_id' | 'api_name' | 'org_id'>, Field>> = {
  api_type: ({ finished }) => (finished.exchange.upgrade ? '"websocket"' : '"http"'),
  api_version: ({ finished }) => common(quotedVersion, finished.exchange.version),
  api_key: ({ finished, keys }) => text(keys.of(finished.exchange.token)),
  client_ip: ({ finished }) => plain(clientAddress(finished.exchange)),
  remote_addr: ({ finished }) => remoteAddress(finished),
  host: ({ finished }) => common(quotedHost, finished.headers.host),
  method: ({ finished }) => plain(finished.exchange.incoming.method ?? ''),
  path: ({ finished: { exchange } }) => common(quotedPath, exchange.rewritten?.path ?? exchange.path),
  original_path: ({ finished }) => common(quotedPath, finished.exchange.clientPath),
  protocol: ({ finished }) => plain(`HTTP/${finished.exchange.incoming.httpVersion}`),
  status: ({ finished }) => String(finished.status),
  upstream_addr: ({ finished }) => common(quotedUpstream, finished.exchange.call?.target.host ?? ''),
  upstream_status: ({ finished }) => number(finished.exchange.call?.status ?? 0),
  user_agent: ({ finished }) => common(quotedAgent, finished.headers.userAgent),
  request_id: ({ finished }) => plain(finished.exchange.requestId),
  trace_id: ({ finished }) => plain(finished.headers.traceId),
  latency_total: ({ finished }) => milliseconds(finished.totalMs),
  upstream_latency: ({ finished }) => milliseconds(finished.upstreamMs),
  latency_gateway: ({ finished }) => milliseconds(finished.gatewayMs),
  plugin: ({ finished }) => text(finished.exchange.answeredBy?.name ?? ''),
  plugin_hook: ({ finished }) => plain(finished.exchange.answeredBy?.phase ?? ''),
  plugin_errors: ({ finished }) => pluginErrors(finished),
  response_flag: ({ verdict }) => plain(verdict?.flag ?? ''),
  response_code_details: ({ finished }) => plain(finished.failure ?? ''),
  error_source: ({ verdict }) => plain(verdict?.source ?? ''),
  error_target: ({ finished, verdict }) => text(targetOf(finished, verdict)),
  circuit_breaker_state: ({ verdict }) => (verdict?.flag === 'CBO' ? '"OPEN"' : ''),
}

/** How to speak of a request; null where nothing went wrong. */
export function verdictOf(finished: FinishedRequest): Verdict | null {
  const { failure, exchange, status } = finished
  if (failure === null) return status >= 500 && exchange.answeredBy === null && exchange.call ? FAULTY_UPSTREAM : null
  const { error } = exchange
  return verdictOn(failure, status, isFailure(error) ? property(error.cause, 'code') : undefined)
}

/** It answered, and the answer tells of a fault of its own. */
const FAULTY_UPSTREAM: Verdict = { flag: 'URS', source: 'upstream' }

function remoteAddress({ exchange }: FinishedRequest): string {
  const address = peerAddress(exchange)
  const { remotePort } = exchange.incoming.socket
  return plain(`${address.includes(':') ? `[${address}]` : address}${remotePort === undefined ? '' : `:${remotePort}`}`)
}

function pluginErrors({ exchange: { pluginFailures } }: FinishedRequest): string {
  if (pluginFailures === null) return ''
  return JSON.stringify(
    pluginFailures.map(({ plugin: { name, phase }, code, skipped }) => ({ plugin: name, hook: phase, code, skipped })),
  )
}

/** What failed: the upstream that was asked, or the plugin. */
function targetOf({ exchange }: FinishedRequest, verdict: Verdict | null): string {
  if (verdict?.source === 'upstream') return exchange.call?.target.host ?? exchange.upstream.url.host
  if (verdict?.source === 'plugin') return exchange.pluginFailures?.findLast(({ skipped }) => !skipped)?.plugin.name ?? ''
  return ''
}
