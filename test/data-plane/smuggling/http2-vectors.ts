import { block, END_HEADERS, END_STREAM, frame, type Outcome } from '../../harness/http2-frames.ts'

/** One attempt to have a request of HTTP/2 become two of HTTP/1, as the frames that a client sends. */
export interface Http2Vector {
  readonly name: string
  readonly frames: readonly Buffer[]
  readonly outcome: Outcome
  /** Method, target and body of what reaches the upstream. */
  readonly reaches?: readonly string[]
}

type Field = readonly [name: string, value: string]

const AUTHORITY: Field = [':authority', 'gateway.test']
const SMUGGLED = 'GET /api/smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n'

function pseudo(method: string, path = '/api/first', authority: readonly Field[] = [AUTHORITY]): Field[] {
  return [[':method', method], [':scheme', 'http'], [':path', path], ...authority]
}

const headers = (fields: readonly Field[], flags = END_HEADERS) => frame('headers', flags, 1, block(fields))
const data = (content: string, flags = END_STREAM) => frame('data', flags, 1, content)

const get = (...fields: Field[]) => [headers([...pseudo('GET'), ...fields], END_HEADERS | END_STREAM)]
const post = (fields: readonly Field[], ...rest: Buffer[]) => [headers([...pseudo('POST'), ...fields]), ...rest]
const bare = (fields: readonly Field[]) => [headers(fields, END_HEADERS | END_STREAM)]

/** Fields that would be more than one line, or another one, in HTTP/1 (RFC 9113 §8.2.1): they are left out. */
const fields: readonly Http2Vector[] = [
  ['a CR and LF in a value', get(['x', 'a\r\nTransfer-Encoding: chunked'])],
  ['a request in a value', get(['x', `a\r\n\r\n${SMUGGLED}`])],
  ['an LF in a value', get(['x', 'a\nb: c'])],
  ['a CR in a value', get(['x', 'a\rb: c'])],
  ['a NUL in a value', get(['x', 'a\0b'])],
  ['a CR and LF in a name', get(['x: a\r\ntransfer-encoding', 'chunked'])],
  ['a colon in a name', get(['transfer-encoding: chunked, x', 'a'])],
  ['a space in a name', get(['transfer-encoding ', 'chunked'])],
  ['a NUL in a name', get(['x\0', 'a'])],
  ['an empty name', get(['', 'a'])],
].map(([name, frames]) => ({ name: name as string, frames: frames as Buffer[], outcome: 200, reaches: ['GET /first '] }))

/** Fields of a connection of HTTP/1 (RFC 9113 §8.2.2). */
const connectionFields: readonly Http2Vector[] = (
  [
    ['transfer-encoding', 'chunked'],
    ['transfer-encoding', 'identity'],
    ['connection', 'x'],
    ['connection', 'content-length'],
    ['proxy-connection', 'keep-alive'],
    ['keep-alive', 'timeout=5'],
    ['upgrade', 'websocket'],
    ['te', 'gzip'],
    ['te', 'trailers, chunked'],
  ] as const
).map((field) => ({ name: `${field[0]}: ${field[1]}`, frames: post([field], data(`0\r\n\r\n${SMUGGLED}`)), outcome: 'reset' }))

/** Lengths that are not those of the body (RFC 9113 §8.1.1). */
const lengths: readonly Http2Vector[] = [
  { name: 'a length that is too long', frames: post([['content-length', '10']], data('abc')), outcome: 'reset' },
  { name: 'a length that is too short', frames: post([['content-length', '3']], data(`abc${SMUGGLED}`)), outcome: 'goaway' },
  { name: 'a length of 0 with a body', frames: post([['content-length', '0']], data(SMUGGLED)), outcome: 'goaway' },
  { name: 'a length without a body', frames: get(['content-length', '3']), outcome: 'reset' },
  {
    name: 'two lengths',
    frames: post(
      [
        ['content-length', '3'],
        ['content-length', '5'],
      ],
      data('abc'),
    ),
    outcome: 'reset',
  },
  {
    name: 'the same length twice',
    frames: post(
      [
        ['content-length', '3'],
        ['content-length', '3'],
      ],
      data('abc'),
    ),
    outcome: 'reset',
  },
  { name: 'a list of lengths', frames: post([['content-length', '3, 3']], data('abc')), outcome: 'reset' },
  { name: 'a length with a plus', frames: post([['content-length', '+3']], data('abc')), outcome: 'reset' },
  { name: 'a negative length', frames: post([['content-length', '-3']], data('abc')), outcome: 'reset' },
  { name: 'an empty length', frames: post([['content-length', '']], data('abc')), outcome: 'reset' },
  { name: 'a length that is none', frames: post([['content-length', '3x']], data('abc')), outcome: 'reset' },
  {
    name: 'a length with zeros before it',
    frames: post([['content-length', '0003']], data('abc')),
    outcome: 200,
    reaches: ['POST /first abc'],
  },
  { name: 'a body without a length', frames: post([], data('abc')), outcome: 200, reaches: ['POST /first abc'] },
  { name: 'a request as a body', frames: post([], data(SMUGGLED)), outcome: 200, reaches: [`POST /first ${SMUGGLED}`] },
  {
    name: 'the end of a chunked body as a body',
    frames: post([], data(`0\r\n\r\n${SMUGGLED}`)),
    outcome: 200,
    reaches: [`POST /first 0\r\n\r\n${SMUGGLED}`],
  },
  {
    name: 'a GET with a body',
    frames: [headers(pseudo('GET')), data(SMUGGLED)],
    outcome: 200,
    reaches: [`GET /first ${SMUGGLED}`],
  },
]

/** What would be the request line or the Host in HTTP/1 (RFC 9113 §8.3.1). */
const requestLines: readonly Http2Vector[] = [
  { name: 'a request line in :path', frames: bare(pseudo('GET', '/api/first HTTP/1.1\r\nX: y')), outcome: 'reset' },
  { name: 'a space in :path', frames: bare(pseudo('GET', '/api/first second')), outcome: 'reset' },
  { name: 'a NUL in :path', frames: bare(pseudo('GET', '/api/first\0')), outcome: 'reset' },
  { name: 'an empty :path', frames: bare(pseudo('GET', '')), outcome: 'reset' },
  { name: 'a :path without a slash', frames: bare(pseudo('GET', 'api/first')), outcome: 'reset' },
  { name: 'a :path with a host', frames: bare(pseudo('GET', 'http://other.test/api/first')), outcome: 'reset' },
  { name: 'a :path of *', frames: bare(pseudo('OPTIONS', '*')), outcome: 400 },
  { name: 'a fragment in :path', frames: bare(pseudo('GET', '/api/first#x')), outcome: 400 },
  { name: 'a request line in :method', frames: bare(pseudo('GET /api/smuggled HTTP/1.1\r\nX:')), outcome: 'reset' },
  { name: 'a space in :method', frames: bare(pseudo('GET /')), outcome: 'reset' },
  { name: 'an empty :method', frames: bare(pseudo('')), outcome: 'reset' },
  { name: 'a CONNECT', frames: bare([[':method', 'CONNECT'], AUTHORITY]), outcome: 400 },
  {
    name: 'a line in :authority',
    frames: bare(pseudo('GET', '/api/first', [[':authority', 'gateway.test\r\nX: y']])),
    outcome: 'reset',
  },
  {
    name: 'a path in :authority',
    frames: bare(pseudo('GET', '/api/first', [[':authority', 'gateway.test/api/smuggled?']])),
    outcome: 'reset',
  },
  {
    name: 'a user in :authority',
    frames: bare(pseudo('GET', '/api/first', [[':authority', 'user@gateway.test']])),
    outcome: 'reset',
  },
  { name: 'a capital in a name', frames: get(['Transfer-Encoding', 'chunked']), outcome: 'reset' },
  { name: 'no :authority and no Host', frames: bare(pseudo('GET', '/api/first', [])), outcome: 'reset' },
  {
    name: 'a Host in place of :authority',
    frames: bare(pseudo('GET', '/api/first', [['host', 'gateway.test']])),
    outcome: 200,
    reaches: ['GET /first '],
  },
  { name: 'a Host like :authority', frames: get(['host', 'GATEWAY.test']), outcome: 200, reaches: ['GET /first '] },
  { name: 'a Host other than :authority', frames: get(['host', 'other.test']), outcome: 400 },
  {
    name: 'two Hosts',
    frames: bare(
      pseudo('GET', '/api/first', [
        ['host', 'a.test'],
        ['host', 'b.test'],
      ]),
    ),
    outcome: 'reset',
  },
  {
    name: 'two :authority',
    frames: bare(pseudo('GET', '/api/first', [AUTHORITY, [':authority', 'other.test']])),
    outcome: 'reset',
  },
  { name: 'two :path', frames: bare([...pseudo('GET'), [':path', '/api/smuggled']]), outcome: 'reset' },
  {
    name: 'a pseudo field behind others',
    frames: bare([
      [':method', 'GET'],
      [':scheme', 'http'],
      ['x', 'y'],
      [':path', '/api/first'],
    ]),
    outcome: 'reset',
  },
  { name: 'a pseudo field that there is not', frames: bare([...pseudo('GET'), [':smuggled', 'x']]), outcome: 'reset' },
  { name: 'a :status', frames: bare([...pseudo('GET'), [':status', '200']]), outcome: 'reset' },
  { name: 'no :path', frames: bare([[':method', 'GET'], [':scheme', 'http'], AUTHORITY]), outcome: 'reset' },
  { name: 'no :method', frames: bare([[':scheme', 'http'], [':path', '/api/first'], AUTHORITY]), outcome: 'reset' },
  { name: 'no :scheme', frames: bare([[':method', 'GET'], [':path', '/api/first'], AUTHORITY]), outcome: 'reset' },
  {
    name: 'a :scheme with a host and a path',
    frames: bare([[':method', 'GET'], [':scheme', 'http://other.test/?'], [':path', '/api/first'], AUTHORITY]),
    outcome: 'reset',
  },
]

/** Trailers, and frames where there may be none. */
const sequences: readonly Http2Vector[] = [
  {
    name: 'trailers are dropped',
    frames: post([], data('abc', 0), headers([['x', 'y']], END_HEADERS | END_STREAM)),
    outcome: 200,
    reaches: ['POST /first abc'],
  },
  {
    name: 'a trailer that is a pseudo field',
    frames: post([], data('abc', 0), headers([[':path', '/api/smuggled']], END_HEADERS | END_STREAM)),
    outcome: 'reset',
  },
  {
    name: 'a trailer that is a coding',
    frames: post([], data('abc', 0), headers([['transfer-encoding', 'chunked']], END_HEADERS | END_STREAM)),
    outcome: 'reset',
  },
  { name: 'trailers that are not the end', frames: post([], data('abc', 0), headers([['x', 'y']])), outcome: 'reset' },
  { name: 'a body that the client leaves off', frames: post([], data('abc', 0)), outcome: 408 },
  { name: 'a head without an end', frames: [frame('headers', 0, 1, block(pseudo('GET')))], outcome: 'goaway' },
  { name: 'a body before its head', frames: [data('abc')], outcome: 'goaway' },
  { name: 'a body behind its end', frames: post([], data('abc'), data(SMUGGLED)), outcome: 'goaway' },
  {
    name: 'another frame amid a head',
    frames: [frame('headers', END_STREAM, 1, block(pseudo('GET'))), frame('ping', 0, 0, Buffer.alloc(8))],
    outcome: 'goaway',
  },
  {
    name: 'a stream of the server',
    frames: [frame('headers', END_HEADERS | END_STREAM, 2, block(pseudo('GET')))],
    outcome: 'goaway',
  },
  { name: 'HTTP/1.1 behind the preface', frames: [Buffer.from(SMUGGLED)], outcome: 'goaway' },
]

export const http2Vectors: readonly Http2Vector[] = [...fields, ...connectionFields, ...lengths, ...requestLines, ...sequences]
