import { type Logger, linesInto } from '../../log.ts'
import { clientAddress } from '../../request/address/client-address.ts'
import type { Stranger } from '../../request/listener/stranger.ts'
import { idOf } from '../../request/message/request-ids.ts'
import { knownHeaders } from '../finished-request.ts'
import { rounded } from '../json-text.ts'
import { beginning } from './access-log.ts'
import { type FieldName, fieldNames } from './field-names.ts'
import { verdictOn } from './response-flags.ts'

export interface StrangerLogOptions {
  readonly log: Logger
  /** The fields that a line has; all of them if there are none. */
  readonly template: readonly FieldName[]
  /** Whether requests that lead to no API have a line. */
  readonly unrouted: boolean
}

/** Writes one line for each request that no API has served. */
export function strangerLog({ log, template, unrouted }: StrangerLogOptions): (stranger: Stranger) => void {
  const write = linesInto(log)
  const wanted = new Set<string>(template.length > 0 ? template : fieldNames)
  return (stranger) => {
    if (!log.isLevelEnabled('info') || (stranger.code === 'not_found' && !unrouted)) return
    const fields = Object.entries(fieldsOf(stranger)).filter(([name, value]) => wanted.has(name) && value !== '')
    write(`${beginning()}${fields.map(([name, value]) => `,"${name}":${JSON.stringify(value)}`).join('')}}\n`)
  }
}

function fieldsOf(stranger: Stranger): Partial<Record<FieldName, string | number>> {
  const { incoming, life, path, status, code, startedAt } = stranger
  const { host, userAgent, traceId } = knownHeaders(incoming.rawHeaders)
  const { flag, source } = verdictOn(code, status, undefined)
  const { remoteAddress = '', remotePort } = incoming.socket
  const ms = rounded(performance.now() - startedAt)
  return {
    client_ip: clientAddress(stranger),
    remote_addr: remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`,
    host,
    method: incoming.method ?? '',
    path,
    original_path: path,
    protocol: `HTTP/${incoming.httpVersion}`,
    status,
    user_agent: userAgent,
    request_id: idOf(incoming.rawHeaders, life.requestIds),
    trace_id: traceId,
    latency_total: ms,
    latency_gateway: ms,
    response_flag: flag,
    response_code_details: code,
    error_source: source,
  }
}
