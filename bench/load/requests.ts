import { measuredPath } from '../server.ts'

/** The headers that every row is measured with, by their number. */
export const headerSets = { 1: headers(['Host']), 12: headers() } as const satisfies Record<number, readonly [string, string][]>

export type HeaderCount = keyof typeof headerSets

export const headerCounts: readonly HeaderCount[] = [1, 12]

/** What a scenario's request has beside the headers of its row. */
export interface RequestSpec {
  /** GET unless given. */
  readonly method?: string
  /** {@link measuredPath} unless given. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Size of the body in bytes; no body unless given. */
  readonly body?: number
}

/** What is asked of a proxy, and how. */
export interface Load {
  /** Sent in turns. */
  readonly requests: readonly RequestSpec[]
  readonly headers: HeaderCount
  readonly connections: number
}

/** A request up to its body, byte for byte. */
export function headText({ method = 'GET', path = measuredPath, headers = {}, body }: RequestSpec, count: HeaderCount): string {
  const length = body === undefined ? [] : [['Content-Length', String(body)] as const]
  const lines = [...headerSets[count], ...Object.entries(headers), ...length].map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** What a browser sends for a fetch() of a page that was logged in. */
function headers(names?: readonly string[]): [string, string][] {
  const all: [string, string][] = [
    ['Host', 'api.bench.test'],
    ['Connection', 'keep-alive'],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'],
    ['Accept', 'application/json, text/plain, */*'],
    ['Accept-Language', 'en-GB,en;q=0.9,de;q=0.8'],
    ['Accept-Encoding', 'gzip, deflate, br, zstd'],
    ['Referer', 'https://shop.bench.test/catalogue/kitchen?page=2'],
    ['Cookie', 'session=2c1a7f0e9b5d4c3f8a6e1d0b7c9f2a45; theme=dark; consent=all'],
    ['Sec-Fetch-Dest', 'empty'],
    ['Sec-Fetch-Mode', 'cors'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Cache-Control', 'no-cache'],
  ]
  return names === undefined ? all : all.filter(([name]) => names.includes(name))
}
