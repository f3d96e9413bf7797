import { isFailure } from '../errors.ts'
import type { Logger } from '../log.ts'
import { clientAddress } from '../request/address/client-address.ts'
import { hostOf } from '../request/message/framing.ts'
import { maskedKey } from '../request/steps/session/masked-key.ts'
import { type RequestObserver, rounded } from './finished-request.ts'

/** Writes one line for each request that has ended, whoever answered it. */
export function accessLog(log: Logger): RequestObserver {
  const lines = log.child({ prefix: 'access-log' })
  return ({ exchange, status, totalMs, upstreamMs, gatewayMs }) => {
    const { api, incoming, call, error, token } = exchange
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
      status,
      upstream_addr: call?.target.host,
      upstream_status: call?.status || undefined,
      user_agent: incoming.headers['user-agent'],
      request_id: exchange.requestId,
      latency_total: rounded(totalMs),
      upstream_latency: rounded(upstreamMs),
      latency_gateway: rounded(gatewayMs),
      ...(isFailure(error) ? { response_code_details: error.code } : {}),
    })
  }
}
