import type { Session } from '../../plugin/contract/session.ts'
import { clientAddress } from '../../request/address/client-address.ts'
import type { Api } from '../../request/chain/api.ts'
import type { Exchange } from '../../request/chain/exchange.ts'
import type { PluginFailure, PluginPlace } from '../../request/chain/plugin-marks.ts'
import type { Recording } from '../../request/chain/recording.ts'
import { bodyLength } from '../../request/message/framing.ts'
import type { FinishedRequest } from '../finished-request.ts'
import { type RawDetail, takeDetail } from './raw-detail.ts'

/**
 * What a record is made of, taken when the request ends; whatever takes time is worked out later. It holds nothing of the
 * connection, so that a backlog of them stays small.
 */
export interface Note {
  readonly api: Api
  readonly recording: Recording
  readonly session: Session | undefined
  readonly token: string
  readonly method: string
  readonly host: string
  readonly path: string
  /** The rule of `track_endpoints` that the path matches; null for none. */
  readonly endpoint: string | null
  readonly contentLength: number
  readonly userAgent: string
  /** '' where the client names none. */
  readonly traceId: string
  readonly version: string
  readonly address: string
  readonly status: number
  readonly receivedAt: number
  readonly totalMs: number
  readonly upstreamMs: number
  readonly fromCache: boolean
  readonly errorCode: string
  readonly answeredBy: PluginPlace | null
  readonly failures: readonly PluginFailure[] | null
  /** Values of headers that become tags, by their names. */
  readonly tagHeaders: readonly string[] | null
  readonly detail: RawDetail | null
}

/** A note of a request that has ended. */
export function noteOf(finished: FinishedRequest, withDetail: boolean): Note {
  const { exchange } = finished
  const { incoming, recording } = exchange
  const { host, userAgent, traceId } = finished.headers
  return {
    api: exchange.api,
    recording,
    session: exchange.session,
    token: exchange.token,
    method: incoming.method ?? '',
    host,
    path: exchange.clientPath,
    endpoint: recording.endpoints?.first(exchange) ?? null,
    contentLength: Math.max(-1, bodyLength(incoming)),
    userAgent,
    traceId,
    version: exchange.version,
    address: clientAddress(exchange),
    status: finished.status,
    receivedAt: finished.receivedAt,
    totalMs: finished.totalMs,
    upstreamMs: finished.upstreamMs,
    fromCache: exchange.fromCache,
    errorCode: finished.failure ?? '',
    answeredBy: exchange.answeredBy,
    failures: exchange.pluginFailures,
    tagHeaders: recording.tagHeaders.length > 0 ? tagHeadersOf(exchange) : null,
    detail: withDetail && exchange.detail ? takeDetail(exchange) : null,
  }
}

/** Names and values in turn. */
function tagHeadersOf({ requestHeaders, recording }: Exchange): string[] {
  return recording.tagHeaders.flatMap((name) => {
    const value = requestHeaders.get(name)
    return value === null ? [] : [name, value]
  })
}
