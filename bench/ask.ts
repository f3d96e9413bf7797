import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request on a connection of its own; any certificate will do. Fails after ten seconds. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  // Node declares no length of a GET's body.
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const options = {
    method,
    headers: { ...length, ...headers },
    agent: false,
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(10_000),
  }
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('latin1') })
    })
  })
  request.on('error', reject)
  request.end(body)
  return promise
}
