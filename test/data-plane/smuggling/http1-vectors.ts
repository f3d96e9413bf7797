/** One attempt to have a request read in two ways, as the bytes that a client sends. */
export interface Vector {
  readonly name: string
  readonly bytes: string
  /** The statuses of all that the gateway answers; then it closes the connection, unless `open`. */
  readonly answers: readonly number[]
  /** Method, target and body of what reaches the upstream. */
  readonly reaches?: readonly string[]
  /** The connection may be used on. */
  readonly open?: boolean
}

const SMUGGLED = 'GET /api/smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n'
const CHUNKED_SMUGGLED = `0\r\n\r\n${SMUGGLED}`
const ONE_CHUNK = '3\r\nabc\r\n0\r\n\r\n'

function post(lines: string | readonly string[], body: string): string {
  return ['POST /api/first HTTP/1.1', 'Host: gateway.test', ...[lines].flat(), '', body].join('\r\n')
}

function get(lines: string | readonly string[], rest = ''): string {
  return ['GET /api/first HTTP/1.1', 'Host: gateway.test', ...[lines].flat(), '', rest].join('\r\n')
}

const chunked = (body: string) => post('Transfer-Encoding: chunked', body)
const refused = { answers: [400] }

/** Vectors that are all made alike, and refused; with 400, unless another status is given. */
function rows<T>(table: readonly (readonly [name: string, part: T, status?: number])[], make: (part: T) => string): Vector[] {
  return table.map(([name, part, status = 400]) => ({ name, bytes: make(part), answers: [status] }))
}

/** Content-Length and Transfer-Encoding together (RFC 9112 §6.1, §6.3). */
const bothFramings: readonly Vector[] = [
  { name: 'CL.TE', bytes: post(['Content-Length: 6', 'Transfer-Encoding: chunked'], CHUNKED_SMUGGLED), ...refused },
  {
    name: 'TE.CL',
    bytes: post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `5c\r\n${SMUGGLED}\r\n0\r\n\r\n`),
    ...refused,
  },
  { name: 'CL.TE on a GET', bytes: get(['Content-Length: 6', 'Transfer-Encoding: chunked'], CHUNKED_SMUGGLED), ...refused },
  {
    name: 'CL.0 beside an empty Transfer-Encoding',
    bytes: post(['Content-Length: 0', 'Transfer-Encoding:'], SMUGGLED),
    ...refused,
  },
  {
    name: 'CL beside Transfer-Encoding: identity',
    bytes: post(['Content-Length: 3', 'Transfer-Encoding: identity'], 'abc'),
    ...refused,
  },
]

/** Transfer-Encoding that some take for chunked and some do not. */
const obscuredCodings: readonly Vector[] = rows<string | readonly string[]>(
  [
    ['TE.TE with a second, unknown coding', ['Transfer-Encoding: chunked', 'Transfer-Encoding: cow']],
    ['TE.TE with an unknown coding first', ['Transfer-Encoding: cow', 'Transfer-Encoding: chunked'], 501],
    ['TE.TE with chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: chunked, chunked'],
    ['Transfer-Encoding: chunked, identity', 'Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: identity, chunked', 'Transfer-Encoding: identity, chunked', 501],
    ['Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: gzip, chunked', 501],
    ['Transfer-Encoding: xchunked', 'Transfer-Encoding: xchunked', 501],
    ['Transfer-Encoding: "chunked"', 'Transfer-Encoding: "chunked"', 501],
    ['Transfer-Encoding: chunked;q=1', 'Transfer-Encoding: chunked;q=1', 501],
    ['Transfer-Encoding in spaces and tabs', 'Transfer-Encoding: \t chunked \t'],
    ['Transfer-Encoding with a vertical tab', 'Transfer-Encoding: \x0bchunked'],
    ['Transfer-Encoding with a form feed behind', 'Transfer-Encoding: chunked\x0c'],
    ['Transfer-Encoding with a NUL', 'Transfer-Encoding: chunked\0'],
    ['Transfer-Encoding with a byte above ASCII', 'Transfer-Encoding: \xffchunked', 501],
    ['Transfer-Encoding folded onto the next line', 'Transfer-Encoding:\r\n chunked'],
    ['Transfer-Encoding folded by a tab', 'Transfer-Encoding:\r\n\tchunked'],
    ['a space before the colon', 'Transfer-Encoding : chunked'],
    ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
    ['a space before the name', ' Transfer-Encoding: chunked'],
    ['a line that ends in LF alone before it', 'X: a\nTransfer-Encoding: chunked'],
    ['a CR alone before it', 'X: a\rTransfer-Encoding: chunked'],
    ['a name that ends in NUL', 'Transfer-Encoding\0: chunked'],
    ['no colon', 'Transfer-Encoding chunked'],
  ],
  (lines) => post(lines, CHUNKED_SMUGGLED),
)

/** Content-Length that some read in another way (RFC 9110 §8.6). */
const obscuredLengths: readonly Vector[] = rows<string | readonly string[]>(
  [
    ['two different lengths', ['Content-Length: 3', 'Content-Length: 5']],
    ['the same length twice', ['Content-Length: 3', 'Content-Length: 3']],
    ['a list of equal lengths', 'Content-Length: 3, 3'],
    ['a list of different lengths', 'Content-Length: 3, 5'],
    ['a length with a plus', 'Content-Length: +3'],
    ['a negative length', 'Content-Length: -3'],
    ['a length with a space in it', 'Content-Length: 1 3'],
    ['a hexadecimal length', 'Content-Length: 0x3'],
    ['a length with a fraction', 'Content-Length: 3.0'],
    ['a length with an exponent', 'Content-Length: 3e0'],
    ['an empty length', 'Content-Length:'],
    ['a length in quotes', 'Content-Length: "3"'],
    ['a length with an underscore', 'Content-Length: 0_3'],
    ['a length above 2^64', 'Content-Length: 18446744073709551619'],
    ['a folded length', 'Content-Length:\r\n 3'],
    ['a length with a space before the colon', 'Content-Length : 3'],
    ['a length with a NUL', 'Content-Length: 3\0'],
    ['a length with a vertical tab', 'Content-Length: \x0b3'],
  ],
  (lines) => post(lines, `abc${SMUGGLED}`),
)

/** Chunks that are framed in odd ways (RFC 9112 §7.1). */
const obscuredChunks: readonly Vector[] = rows(
  [
    ['a chunk size with a minus', '-3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with a plus', '+3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size of 2^64 and 3', '10000000000000003\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size of seventeen digits', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['an empty chunk size', '\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['a space before a chunk size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['a space behind a chunk size', '3 \r\nabc\r\n0\r\n\r\n'],
    ['a chunk size that ends in LF alone', '3\nabc\r\n0\r\n\r\n'],
    ['a chunk size that ends in CR alone', '3\rabc\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '3\r\nabcd\r\n0\r\n\r\n'],
    ['a chunk that ends in LF alone', '3\r\nabc\n0\r\n\r\n'],
    ['a chunk that ends in two other characters', '3\r\nabcXX0\r\n\r\n'],
    ['a chunk extension that ends in LF alone', `3;a\nabc\r\n${CHUNKED_SMUGGLED}`],
    ['a chunk extension with a CR alone', `3;a\rb\r\nabc\r\n${CHUNKED_SMUGGLED}`],
    ['a chunk extension with a NUL', '3;a\0\r\nabc\r\n0\r\n\r\n'],
    ['a last chunk that ends in LF alone', '3\r\nabc\r\n0\n\n'],
    ['a trailer with a space before the colon', '3\r\nabc\r\n0\r\nX : 1\r\n\r\n'],
    ['a folded trailer', '3\r\nabc\r\n0\r\nX: 1\r\n 2\r\n\r\n'],
    ['a trailer that is a length', '3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n'],
    ['a trailer that is a coding', '3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a trailer that is no field', '3\r\nabc\r\n0\r\nGET /api/smuggled HTTP/1.1\r\n\r\n'],
  ],
  chunked,
)

/** Bodies that reach the upstream, framed anew. */
const reframed: readonly Vector[] = [
  {
    name: 'two spaces in the request line',
    bytes: 'GET  /api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n',
    answers: [200],
    reaches: ['GET /first '],
    open: true,
  },
  {
    name: 'trailers are dropped',
    bytes: chunked('3\r\nabc\r\n0\r\nHost: elsewhere\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'chunk extensions are dropped',
    bytes: chunked('3;name=value;x="y"\r\nabc\r\n0;last\r\n\r\n'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'a chunk size with zeros before it',
    bytes: chunked('0000003\r\nabc\r\n000\r\n\r\n'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'Transfer-Encoding in capitals',
    bytes: post('TRANSFER-ENCODING: CHUNKED', ONE_CHUNK),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'a length with zeros before it',
    bytes: post('Content-Length: 0003', 'abc'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'a length in spaces',
    bytes: post('Content-Length:   3  ', 'abc'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  { name: 'a GET with a body', bytes: get('Content-Length: 3', 'abc'), answers: [200], reaches: ['GET /first abc'], open: true },
  {
    name: 'framing named in Connection',
    bytes: post(['Connection: content-length, transfer-encoding, host', 'Content-Length: 3'], 'abc'),
    answers: [200],
    reaches: ['POST /first abc'],
    open: true,
  },
  {
    name: 'a request behind the body is one of its own',
    bytes: post('Content-Length: 3', `abc${SMUGGLED}`),
    answers: [200, 200],
    reaches: ['POST /first abc', 'GET /smuggled '],
    open: true,
  },
]

/** Heads that some read in another way. */
const obscuredHeads: readonly Vector[] = [
  { name: 'bare LF as every line end', bytes: 'GET /api/first HTTP/1.1\nHost: gateway.test\n\n', ...refused },
  { name: 'bare LF behind the request line', bytes: 'GET /api/first HTTP/1.1\nHost: gateway.test\r\n\r\n', ...refused },
  {
    name: 'bare LF at the end of the head',
    bytes: `POST /api/first HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 3\r\n\nabc${SMUGGLED}`,
    ...refused,
  },
  { name: 'bare CR as a line end', bytes: 'GET /api/first HTTP/1.1\r\nHost: gateway.test\rX: 1\r\n\r\n', ...refused },
  { name: 'obs-fold', bytes: get('X: 1\r\n 2'), ...refused },
  { name: 'obs-fold behind the request line', bytes: 'GET /api/first HTTP/1.1\r\n Host: gateway.test\r\n\r\n', ...refused },
  { name: 'a NUL in a value', bytes: get('X: a\0b'), ...refused },
  { name: 'a control character in a value', bytes: get('X: a\x01b'), ...refused },
  { name: 'a name with a space', bytes: get('X Y: 1'), ...refused },
  { name: 'a name in parentheses', bytes: get('(X): 1'), ...refused },
  { name: 'a name with a slash', bytes: get('X/Y: 1'), ...refused },
  { name: 'a name above ASCII', bytes: get('X\xe9: 1'), ...refused },
  { name: 'an empty name', bytes: get(': 1'), ...refused },
  { name: 'a line without a colon', bytes: get('Nothing'), ...refused },
  { name: 'a space at the end of the request line', bytes: 'GET /api/first HTTP/1.1 \r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a tab in the request line', bytes: 'GET\t/api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a space in the target', bytes: 'GET /api/first second HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a CR in the target', bytes: 'GET /api/first\rX HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a NUL in the target', bytes: 'GET /api/first\0 HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a fragment in the target', bytes: 'GET /api/first#x HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'a method in small letters', bytes: 'get /api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'an unknown method', bytes: 'SMUGGLE /api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'an unknown version', bytes: 'GET /api/first HTTP/1.2\r\nHost: gateway.test\r\n\r\n', ...refused },
  { name: 'HTTP/2.0 in the request line', bytes: 'GET /api/first HTTP/2.0\r\nHost: gateway.test\r\n\r\n', answers: [505] },
  { name: 'HTTP/0.9', bytes: 'GET /api/first\r\n', answers: [408] },
  { name: 'HTTP/0.9 with a version', bytes: 'GET /api/first HTTP/0.9\r\n\r\n', answers: [505] },
  {
    name: 'HTTP/1.0 with Transfer-Encoding',
    bytes: `POST /api/first HTTP/1.0\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_SMUGGLED}`,
    ...refused,
  },
  {
    name: 'HTTP/1.0 with Transfer-Encoding and keep-alive',
    bytes: `POST /api/first HTTP/1.0\r\nHost: gateway.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_SMUGGLED}`,
    ...refused,
  },
  { name: 'a CONNECT', bytes: `CONNECT gateway.test:443 HTTP/1.1\r\nHost: gateway.test\r\n\r\n${SMUGGLED}`, answers: [] },
]

/** Hosts that some read in another way (RFC 9112 §3.2). */
const obscuredHosts: readonly Vector[] = [
  { name: 'two Hosts', bytes: get('Host: other.test'), ...refused },
  { name: 'the same Host twice', bytes: get('Host: gateway.test'), ...refused },
  {
    name: 'two Hosts in a target with a host',
    bytes: 'GET http://gateway.test/api/first HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n',
    ...refused,
  },
  { name: 'no Host', bytes: 'GET /api/first HTTP/1.1\r\n\r\n', ...refused },
  { name: 'a Host with a path', bytes: 'GET /api/first HTTP/1.1\r\nHost: gateway.test/api/smuggled?\r\n\r\n', ...refused },
  { name: 'a Host with a user', bytes: 'GET /api/first HTTP/1.1\r\nHost: gateway.test@other.test\r\n\r\n', ...refused },
  { name: 'a Host with a space', bytes: 'GET /api/first HTTP/1.1\r\nHost: gateway.test other.test\r\n\r\n', ...refused },
  {
    name: 'a target with a user',
    bytes: 'GET http://user@gateway.test/api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n',
    ...refused,
  },
  {
    name: 'a target of another scheme',
    bytes: 'GET ftp://gateway.test/api/first HTTP/1.1\r\nHost: gateway.test\r\n\r\n',
    ...refused,
  },
  {
    name: 'a target with a host wins over Host',
    bytes: 'GET http://gateway.test/api/first HTTP/1.1\r\nHost: other.test\r\n\r\n',
    answers: [200],
    reaches: ['GET /first '],
    open: true,
  },
]

/** What follows, or is missing. */
const odds: readonly Vector[] = [
  { name: 'no last chunk', bytes: chunked('3\r\nabc\r\n'), answers: [408] },
  { name: 'half a chunk', bytes: chunked('5\r\nabc'), answers: [408] },
  { name: 'a body that is shorter than it says', bytes: post('Content-Length: 9', 'abc'), answers: [408] },
  { name: 'a head without an end', bytes: 'GET /api/first HTTP/1.1\r\nHost: gateway.test\r\nX: 1\r\n', answers: [408] },
  { name: 'garbage behind a request', bytes: get([], 'garbage\r\n\r\n'), answers: [200], reaches: ['GET /first '] },
  { name: 'empty lines before a request', bytes: `\r\n\r\n${get([])}`, answers: [200], reaches: ['GET /first '], open: true },
  {
    name: 'an upgrade with a body',
    bytes: post(['Upgrade: websocket', 'Connection: Upgrade', `Content-Length: ${SMUGGLED.length}`], SMUGGLED),
    answers: [200],
    reaches: ['POST /first '],
  },
  {
    name: 'an upgrade with a request behind it',
    bytes: get(['Upgrade: websocket', 'Connection: Upgrade'], SMUGGLED),
    answers: [200],
    reaches: ['GET /first '],
  },
  {
    name: 'an upgrade to h2c',
    bytes: get(['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
    answers: [200],
    reaches: ['GET /first '],
    open: true,
  },
  { name: 'long chunk extensions', bytes: chunked(`3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`), ...refused },
  { name: 'too many headers', bytes: get(Array.from({ length: 101 }, (_, i) => `X-${i}: 1`)), answers: [431] },
  {
    name: 'headers that hide a length behind too many',
    bytes: get([...Array.from({ length: 2500 }, () => 'X:'), 'Content-Length: 3'], `abc${SMUGGLED}`),
    answers: [431],
  },
  { name: 'too large a head', bytes: get(`X: ${'a'.repeat(70_000)}`), answers: [431] },
  {
    name: 'an Expect that is not 100-continue',
    bytes: post(['Expect: 200-ok', 'Content-Length: 3'], 'abc'),
    answers: [417],
    open: true,
  },
]

export const http1Vectors: readonly Vector[] = [
  ...bothFramings,
  ...obscuredCodings,
  ...obscuredLengths,
  ...obscuredChunks,
  ...reframed,
  ...obscuredHeads,
  ...obscuredHosts,
  ...odds,
]
