import { type ErrorCode, textOf } from '../../errors.ts'
import { clientAddress } from '../../request/address/client-address.ts'
import type { PluginPlace } from '../../request/chain/plugin-marks.ts'
import type { Trace } from '../../request/chain/trace.ts'
import type { FinishedRequest } from '../finished-request.ts'
import type { ShownKeys } from '../shown-keys.ts'

/** How much of a path or a query is kept, in characters: a client may send more than a thousand of them are worth. */
const LONGEST_TEXT = 2048

/**
 * What is kept of a request that has ended. No headers and no bodies, and nothing that holds on to the request itself, to its
 * API or to a plugin: those may be gone while this is still asked for.
 */
export class KeptRequest {
  readonly id: string
  /** Unix milliseconds. */
  readonly receivedAt: number
  readonly apiId: string
  readonly apiName: string
  readonly version: string
  readonly method: string
  readonly path: string
  /** As it was sent; it is shown without its values. */
  readonly query: string
  readonly status: number
  /** Masked, or hashed; '' if there is none. */
  readonly key: string
  readonly clientIp: string
  readonly totalMs: number
  readonly upstreamMs: number
  /** Host and port of the upstream that was asked last; null if none was. */
  readonly upstream: string | null
  /** 0 if it did not answer. */
  readonly upstreamStatus: number
  readonly error: { readonly code: ErrorCode | null; readonly message: string } | null
  /** The plugin whose answer it got; null if no plugin answered. */
  readonly answeredBy: Place | null
  readonly pluginFailures: readonly Failure[]
  /** null where steps are not recorded. */
  readonly trace: Trace | null

  constructor({ exchange, receivedAt, totalMs, upstreamMs, status, failure }: FinishedRequest, keys: ShownKeys) {
    const { api, incoming, call, error, token, answeredBy, pluginFailures, trace } = exchange
    this.id = exchange.requestId
    this.receivedAt = receivedAt
    this.apiId = api.id
    this.apiName = api.name
    this.version = exchange.version
    this.method = incoming.method as string
    this.path = shortened(exchange.clientPath)
    this.query = shortened(queryOf(incoming.url as string))
    this.status = status
    this.key = keys.of(token)
    this.clientIp = clientAddress(exchange)
    this.totalMs = totalMs
    this.upstreamMs = upstreamMs
    this.upstream = call?.target.host ?? null
    this.upstreamStatus = call?.status ?? 0
    this.error = error === undefined && failure === null ? null : { code: failure, message: textOf(error ?? failure) }
    this.answeredBy = answeredBy && placeOf(answeredBy)
    this.pluginFailures = pluginFailures?.map(({ plugin, code, skipped }) => ({ ...placeOf(plugin), code, skipped })) ?? NONE
    this.trace = trace
  }
}

/** A plugin in one of its hooks. */
export interface Place {
  readonly name: string
  readonly hook: string
}

/** A plugin that did not do its work. */
export interface Failure extends Place {
  readonly code: string
  /** Whether the request went on without it. */
  readonly skipped: boolean
}

const NONE: readonly Failure[] = []

/** The place itself may be the plugin's step. */
function placeOf({ name, phase }: PluginPlace): Place {
  return { name, hook: phase }
}

/** Of the URL as the client sent it: a loop may have given the exchange another one. */
function queryOf(url: string): string {
  const begins = url.indexOf('?')
  return begins < 0 ? '' : url.slice(begins)
}

/** A part of a text would keep all of it in memory; a copy does not. */
function shortened(text: string): string {
  return text.length <= LONGEST_TEXT ? text : Buffer.from(text.slice(0, LONGEST_TEXT)).toString()
}
