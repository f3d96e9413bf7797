import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRequest, headerValue, headerValues } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'

const odd = [
  'X-b: 2',
  'aCCept: */*',
  'X-B: 1',
  'x-empty:',
  'Cookie: a=1',
  'X-b: 3',
  'cookie: b=2',
  'X-Latin: caf\xe9',
  'X-Utf8: \xc3\xa9',
  "X-!#$%&'*+.^_`|~: odd",
]

/** Lines as they were, without those that the gateway or the connection own. */
function endToEnd(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^(host|connection|keep-alive|x-forwarded-\w+|content-length|date|x-ratelimit-\w+):/i.test(line))
}

async function linesUpstream(lines: readonly string[], options?: StageOptions): Promise<readonly string[]> {
  await using stage = await openStage(options)
  const { status } = await exchange(stage.port, formatRequest('GET /api/get', lines))
  assert.equal(status, 200)
  return stage.upstream.requests[0]?.head.lines ?? []
}

/** A colon may be followed by one space or none: both mean the same, and the parser does not tell them apart. */
const spaced = (line: string) => line.replace(/:\s*/, ': ')

describe('headers of the request', () => {
  test('keep their case, order and duplicates', async () => {
    assert.deepEqual(endToEnd(await linesUpstream(odd)).map(spaced), odd.map(spaced))
  })

  test('keep them with a plugin in the chain too', async () => {
    const plugin =
      "import type { Plugin } from 'postern/plugin'\nexport const Touch: Plugin = (c) => c.req.raw.headers.append('X-Touched', '1')\n"
    const definition = { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Touch', path: 'plugin.js' }] } }
    assert.deepEqual(endToEnd(await linesUpstream(odd, { plugin, definition })).map(spaced), [...odd, 'X-Touched: 1'].map(spaced))
  })

  test('lose those that belong to one connection', async () => {
    const hopByHop = [
      'Connection: X-Mine, keep-alive',
      'X-Mine: 1',
      'Keep-Alive: timeout=5, X-Theirs',
      'Proxy-Connection: keep-alive',
      'Proxy-Authenticate: Basic',
      'Proxy-Authorization: Basic eA==',
      'TE: gzip',
      'Upgrade: h2c',
    ]
    assert.deepEqual(endToEnd(await linesUpstream([...hopByHop, 'X-Theirs: 1'])), ['X-Theirs: 1'])
  })

  test('get none that nobody asked for', async () => {
    const names = (await linesUpstream([])).map((line) => line.split(':')[0]?.toLowerCase())
    assert.deepEqual(names.sort(), ['connection', 'host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
  })
})

describe('X-Forwarded-For, -Host and -Proto', () => {
  test('tell the upstream of the client', async () => {
    const lines = await linesUpstream(['Host: shop.test:8080'])
    assert.equal(headerValue(lines, 'x-forwarded-for'), '127.0.0.1')
    assert.equal(headerValue(lines, 'x-forwarded-host'), 'shop.test:8080')
    assert.equal(headerValue(lines, 'x-forwarded-proto'), 'http')
  })

  test('are appended to what a proxy before has said', async () => {
    const lines = await linesUpstream(['X-Forwarded-For: 192.0.2.1', 'X-Forwarded-For: 192.0.2.2'])
    assert.equal(headerValue(lines, 'x-forwarded-for'), '192.0.2.1, 192.0.2.2, 127.0.0.1')
  })
})

describe('Host', () => {
  test("is the target's", async () => {
    await using stage = await openStage()
    await exchange(stage.port, formatRequest('GET /api/get', ['Host: shop.test']))
    assert.deepEqual(headerValues(stage.upstream.requests[0]?.head.lines ?? [], 'host'), [new URL(stage.upstream.url).host])
  })

  test("is the client's where preserve_host_header is set", async () => {
    const lines = await linesUpstream(['Host: Shop.test:81'], { definition: { proxy: { preserve_host_header: true } } })
    assert.deepEqual(headerValues(lines, 'host'), ['Shop.test:81'])
  })
})

describe('headers of the response', () => {
  async function linesBack(lines: readonly string[]): Promise<readonly string[]> {
    await using stage = await openStage({ script: ({ answer }) => answer(200, lines, 'ok') })
    const { status, head } = await exchange(stage.port, formatRequest('GET /api/get'))
    assert.equal(status, 200)
    return head.lines
  }

  test('keep their case, order and duplicates', async () => {
    const lines = [...odd, 'Set-Cookie: a=1; Path=/', 'set-cookie: b=2', 'Date: Thu, 01 Jan 1970 00:00:00 GMT']
    assert.deepEqual(endToEnd(await linesBack(lines)).map(spaced), endToEnd(lines).map(spaced))
  })

  test("keep the upstream's Date and Server, and get none that nobody asked for", async () => {
    const lines = await linesBack(['Server: upstream', 'Date: Thu, 01 Jan 1970 00:00:00 GMT'])
    assert.deepEqual(headerValues(lines, 'date'), ['Thu, 01 Jan 1970 00:00:00 GMT'])
    assert.deepEqual(headerValues(lines, 'server'), ['upstream'])
    assert.equal(headerValue(lines, 'x-powered-by'), undefined)
    assert.equal(headerValue(lines, 'x-generator'), undefined)
  })

  test('lose those that belong to one connection', async () => {
    const lines = await linesBack(['Connection: X-Mine', 'X-Mine: 1', 'Proxy-Authenticate: Basic', 'X-Theirs: 1'])
    assert.deepEqual(endToEnd(lines), ['X-Theirs: 1'])
  })

  test('come with the status and its text as they were', async () => {
    await using stage = await openStage({
      script: ({ write }) => write('HTTP/1.1 299 Quite Fine\r\nContent-Length: 0\r\n\r\n'),
    })
    const { head } = await exchange(stage.port, formatRequest('GET /api/get'))
    assert.equal(head.startLine, 'HTTP/1.1 299 Quite Fine')
  })
})
