import type { ShownRequest } from '../../control/admin/requests.ts'
import type { TracedStep } from '../../request/chain/trace.ts'
import { rounded } from '../json-text.ts'
import type { KeptRequest } from './kept-request.ts'

/** A request as who runs the gateway may see it. */
export function showRequest(kept: KeptRequest, worker: number): ShownRequest {
  const { id, receivedAt, apiId, apiName, version, method, path, status, key, clientIp, totalMs, error, trace } = kept
  const query = namesIn(kept.query)
  return {
    id,
    time: new Date(receivedAt).toISOString(),
    worker,
    api_id: apiId,
    api_name: apiName,
    ...(version !== '' && { api_version: version }),
    method,
    path,
    ...(query.length > 0 && { query }),
    status,
    ...(key !== '' && { api_key: key }),
    client_ip: clientIp,
    total_ms: rounded(totalMs),
    ...(kept.upstream !== null && { upstream: showUpstream(kept, kept.upstream) }),
    ...(error && { error: { ...(error.code !== null && { code: error.code }), message: error.message } }),
    ...(kept.answeredBy && { answered_by: kept.answeredBy }),
    ...(kept.pluginFailures.length > 0 && { plugin_failures: [...kept.pluginFailures] }),
    ...(trace && { steps: trace.steps.map(showStep) }),
  }
}

function showUpstream({ upstreamMs, upstreamStatus, trace }: KeptRequest, addr: string): ShownRequest['upstream'] {
  const attempts = trace?.attempts ?? []
  return {
    addr,
    ...(upstreamStatus > 0 && { status: upstreamStatus }),
    ms: rounded(upstreamMs),
    ...(attempts.length > 0 && {
      attempts: attempts.map(({ host, status, reason }) => ({ addr: host, ...(status > 0 && { status }), reason })),
    }),
  }
}

export function showStep({ name, phase, api, outcome, at, ms, depth, error, code }: TracedStep) {
  return {
    name,
    phase,
    api_id: api,
    outcome,
    at_ms: rounded(at),
    ms: rounded(ms),
    depth,
    ...(error !== null && { error }),
    ...(code !== null && { code }),
  }
}

/** The names in a query, as they were sent: what has no `=` may be a value as well as a name, and is not shown. */
function namesIn(query: string): string[] {
  const parts = query.slice(1).split('&')
  return parts.filter((part) => part !== '').map((part) => (part.includes('=') ? part.slice(0, part.indexOf('=')) : '…'))
}
