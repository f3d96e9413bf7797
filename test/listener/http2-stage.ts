import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { type Http2Client, openHttp2 } from './http2-client.ts'
import { pems } from './pems.ts'

const tls = { use_ssl: true, ssl_certificates: ['one.pem'] }
const files = { 'one.pem': pems.one.cert + pems.one.key }
/** How a client and the gateway come to speak HTTP/2. */
export const ways = {
  'from the first byte': { scheme: 'http', options: {} },
  'over TLS': { scheme: 'https', options: tls },
} as const

export type Way = (typeof ways)[keyof typeof ways]

/** A stage whose gateway speaks HTTP/2. */
export function openHttp2Stage(way: Way, more: StageOptions = {}, options: object = {}): Promise<Stage> {
  return openStage({
    ...more,
    files,
    config: {
      access_logs: { enabled: true },
      ...more.config,
      http_server_options: { enable_http2: true, ...way.options, ...options },
    },
  })
}

export const connectTo = (way: Way, stage: Stage): Promise<Http2Client> => openHttp2(`${way.scheme}://127.0.0.1:${stage.port}`)
