import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server for bundles, as a site would have one: it knows ETag and If-None-Match. */
export interface BundleServer extends AsyncDisposable {
  readonly url: string
  /** What it serves, by path without the leading slash. */
  readonly files: Map<string, Buffer>
  /** What was asked for, and how it was answered: `GET /x.zip 200`. */
  readonly requests: string[]
  readonly headers: IncomingMessage['headers'][]
  /** Answers in place of the server, where it returns true. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean
}

export async function startBundleServer(files: Readonly<Record<string, Buffer>> = {}): Promise<BundleServer> {
  const http = createServer((request, response) => {
    bundles.headers.push(request.headers)
    response.on('close', () => bundles.requests.push(`${request.method} ${request.url} ${response.statusCode}`))
    if (!bundles.intercept(request, response)) serve(bundles.files, request, response)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const bundles: BundleServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    files: new Map(Object.entries(files)),
    requests: [],
    headers: [],
    intercept: () => false,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((closed) => http.close(closed))
    },
  }
  return bundles
}

function serve(files: ReadonlyMap<string, Buffer>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '', 'http://bundles.test')
  const content = files.get(decodeURIComponent(pathname.slice(1)))
  if (!content) {
    response.writeHead(404).end()
    return
  }
  const etag = `"${createHash('md5').update(content).digest('hex')}"`
  const unchanged = request.headers['if-none-match'] === etag
  response.writeHead(unchanged ? 304 : 200, { etag }).end(unchanged ? undefined : content)
}
