import { isFailure } from '../errors.ts'
import type { Logger } from '../log.ts'
import { clientAddress } from '../request/address/client-address.ts'
import type { Exchange } from '../request/chain/exchange.ts'
import { hostOf } from '../request/message/framing.ts'
import { maskedKey } from '../request/steps/session/masked-key.ts'

/** Writes one line for each request that has ended, whoever answered it. */
export function accessLog(log: Logger): (exchange: Exchange) => void {
  const lines = log.child({ prefix: 'access-log' })
  return (exchange) => {
    const { api, incoming, outgoing, call, error, token } = exchange
    const total = performance.now() - exchange.startedAt
    const upstream = call && call.startedAt > 0 ? (call.respondedAt || performance.now()) - call.startedAt : 0
    lines.info({
      api_id: api.id,
      api_name: api.name,
      org_id: api.orgId,
      ...(exchange.version === '' ? {} : { api_version: exchange.version }),
      ...(token === '' ? {} : { api_key: maskedKey(token) }),
      client_ip: clientAddress(exchange),
      host: hostOf(incoming.rawHeaders),
      method: incoming.method,
      path: exchange.clientPath,
      protocol: `HTTP/${incoming.httpVersion}`,
      // nginx's code for a client that went away before it was answered
      status: exchange.gone && !outgoing.headersSent ? 499 : outgoing.statusCode,
      upstream_addr: call?.target.host,
      upstream_status: call?.status || undefined,
      user_agent: incoming.headers['user-agent'],
      request_id: exchange.requestId,
      latency_total: milliseconds(total),
      upstream_latency: milliseconds(upstream),
      latency_gateway: milliseconds(total - upstream),
      ...(isFailure(error) ? { response_code_details: error.code } : {}),
    })
  }
}

function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000
}
