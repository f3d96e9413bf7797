import { METHODS } from 'node:http'
import fc from 'fast-check'
import { formatChunk } from '../../harness/http-message.ts'

/** A request that a client might send, as its parts. Text holds one character for each byte. */
export interface GeneratedRequest {
  readonly method: string
  /** Path and query behind the listen path. */
  readonly rest: string
  /** Whether the target names the host as well. */
  readonly absolute: boolean
  readonly lines: readonly string[]
  readonly body: GeneratedBody
  /** Goes away in the middle of the body, or before the response where there is none. */
  readonly abort: boolean
}

export type GeneratedBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly content: Buffer }
  | {
      readonly kind: 'chunked'
      readonly chunks: readonly Buffer[]
      readonly extension: string
      readonly trailers: readonly string[]
    }

/** CONNECT asks for a tunnel, which a gateway does not give. */
const methods = fc.constantFrom(...METHODS.filter((method) => method !== 'CONNECT'))

const segment = fc.oneof(
  {
    weight: 4,
    arbitrary: textOf('abcXYZ019-._~!$&\'()*+,;=:@"<>[]{}|\\^`%', 0, 8).filter((text) => !/^\.+$/.test(text)),
  },
  { weight: 1, arbitrary: fc.constantFrom('%2F', '%2e', 'a/../b', 'x/%2E%2e', '.', '', 'caf%C3%A9', '%', '%zz') },
)
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: textOf('ab=&?/;+%41~"<>[]|', 0, 12).map((text) => `?${text}`) },
)
const rest = fc
  .tuple(fc.array(segment, { maxLength: 5 }), query)
  .map(([segments, query]) => segments.join('/') + query)
  // A path that climbs out of its listen path is refused: see path-and-query.test.ts.
  .filter(staysInside)

const value = fc.oneof(
  textOf('abc XYZ,;=:"/()<>@\\[]?{}\t\x80\xe9\xff', 0, 20).map((text) => text.trim()),
  fc.constantFrom('', 'gzip, br', 'W/"x"', 'a=1; b=2', 'text/plain;q=0.5'),
)
const ownName = textOf("abcXYZ019-!#$%&'*+.^_`|~", 1, 12).map((name) => `x-${name}`)
const knownName = fc.constantFrom(
  'Accept',
  'Accept-Encoding',
  'Cookie',
  'User-Agent',
  'Authorization',
  'Content-Type',
  'Via',
  'Range',
  'Origin',
)
const connectionLine = fc.constantFrom(
  'Connection: keep-alive',
  'Connection: X-Named, keep-alive',
  'connection: x-NAMED',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: keep-alive',
  'Proxy-Authorization: Basic eA==',
  'Upgrade: h2c',
  'TE: trailers',
  'TE: gzip;q=0.5, trailers',
  'TE: gzip',
  'Trailer: X-Sum',
  'Expect: 100-continue',
)
const forwardedLine = fc.constantFrom(
  'X-Forwarded-For: 192.0.2.1',
  'x-forwarded-for: 192.0.2.2, 192.0.2.3',
  'X-Forwarded-Host: before.test',
  'X-Forwarded-Proto: https',
  'X-Named: 1',
)
const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.oneof(knownName, ownName).chain(withOddCase),
        fc.constantFrom(': ', ':', ':  ', ':\t'),
        value,
        fc.constantFrom('', ' ', ' \t'),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: forwardedLine },
  { weight: 1, arbitrary: connectionLine },
)
const hostLine = fc.constantFrom('Host: gateway.test', 'host: Gateway.test:8080', 'HOST:gateway.test')
const lines = fc
  .tuple(fc.array(line, { maxLength: 12 }), hostLine, fc.nat(12), fc.nat(12))
  .map(([others, host, at, repeated]) => {
    const all = others[repeated] === undefined ? others : [...others, others[repeated]]
    return [...all.slice(0, at), host, ...all.slice(at)]
  })

const content = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes))
const body: fc.Arbitrary<GeneratedBody> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ kind: 'none' as const }) },
  { weight: 2, arbitrary: content.map((content) => ({ kind: 'length' as const, content })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('chunked' as const),
      chunks: fc.array(
        content.filter(({ length }) => length > 0),
        { maxLength: 5 },
      ),
      extension: fc.constantFrom('', '', ';a', ';a=b', ';a="b c"'),
      trailers: fc.constantFrom<string[]>([], [], ['X-Sum: 1']),
    }),
  },
)

export const generatedRequest: fc.Arbitrary<GeneratedRequest> = fc
  .record({
    method: methods,
    rest,
    absolute: fc.nat(9).map((n) => n === 0),
    lines,
    body,
    abort: fc.nat(7).map((n) => n === 0),
  })
  // The gateway sends the head with the first bytes of content: without any, the upstream would see nothing of an aborted request.
  .map((request) => ({
    ...request,
    abort: request.abort && !(request.body.kind === 'chunked' && request.body.chunks.length === 0),
  }))

/** The bytes to send, in two parts: the client rests between them, in the middle of the content, and may go away. */
export function bytesOf({ method, rest, absolute, lines, body }: GeneratedRequest, listenPath: string): [Buffer, Buffer] {
  const target = `${absolute ? 'http://gateway.test' : ''}${listenPath}${rest}`
  const head = [`${method} ${target} HTTP/1.1`, ...lines, ...framingLines(body), '', ''].join('\r\n')
  const [first, second] = bodyBytes(body)
  return [Buffer.concat([Buffer.from(head, 'latin1'), first]), second]
}

/** How many bytes of content are in the first part. */
export function contentBeforeRest(body: GeneratedBody): number {
  if (body.kind === 'none') return 0
  return half(body.kind === 'length' ? body.content : (body.chunks[0] ?? Buffer.alloc(0)))
}

function framingLines(body: GeneratedBody): string[] {
  if (body.kind === 'none') return []
  return body.kind === 'length' ? [`CONTENT-length: ${body.content.length}`] : ['Transfer-Encoding: chunked']
}

function bodyBytes(body: GeneratedBody): [Buffer, Buffer] {
  if (body.kind === 'none') return [Buffer.alloc(0), Buffer.alloc(0)]
  if (body.kind === 'length') return cut(body.content, half(body.content))
  const [first = Buffer.alloc(0), ...others] = body.chunks.map((chunk) => withExtension(formatChunk(chunk), body.extension))
  const end = Buffer.from(['0', ...body.trailers, '', ''].join('\r\n'))
  const start = first.indexOf('\r\n') + '\r\n'.length
  const [before, after] = body.chunks[0] ? cut(first, start + half(body.chunks[0])) : [first, first]
  return [before, Buffer.concat([after, ...others, end])]
}

const half = (content: Buffer) => Math.ceil(content.length / 2)

function cut(bytes: Buffer, at: number): [Buffer, Buffer] {
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

function withExtension(chunk: Buffer, extension: string): Buffer {
  const sizeEnd = chunk.indexOf('\r\n')
  return Buffer.concat([chunk.subarray(0, sizeEnd), Buffer.from(extension), chunk.subarray(sizeEnd)])
}

function staysInside(rest: string): boolean {
  let depth = 0
  for (const part of (rest.split('?')[0] as string).replaceAll(/%2e/gi, '.').split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return false
  }
  return true
}

function withOddCase(name: string): fc.Arbitrary<string> {
  return fc.mixedCase(fc.constant(name))
}

/** Text of the given characters. */
function textOf(characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map((chosen) => chosen.join(''))
}
