import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatChunk, formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const withOptions = (http_server_options: object, more: StageOptions = {}) =>
  openStage({ ...more, config: { http_server_options } })

describe('a head', () => {
  test('of as many lines as it may have is passed on, one more is a 431', async () => {
    await using stage = await withOptions({ max_header_count: 10 })
    const lines = Array.from({ length: 9 }, (_, i) => `X-${i}: 1`)
    assert.equal((await exchange(stage.port, formatRequest('GET /api/', lines))).status, 200)
    const { status, text } = await exchange(stage.port, formatRequest('GET /api/', [...lines, 'X: 1']))
    assert.deepEqual([status, JSON.parse(text)], [431, { error: 'Request header fields too large' }])
    assert.equal(stage.upstream.requests.length, 1)
    await stage.gateway.log.waitFor('it has 11 header lines, more than http_server_options.max_header_count (10)')
  })

  test('of as many bytes as it may have is passed on, a larger one is a 431', async () => {
    await using stage = await withOptions({ max_header_size: 2000 })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/', [`X: ${'a'.repeat(1500)}`]))).status, 200)
    const { status, text } = await exchange(stage.port, formatRequest('GET /api/', [`X: ${'a'.repeat(2000)}`]))
    assert.deepEqual([status, JSON.parse(text)], [431, { error: 'Request header fields too large' }])
    await stage.gateway.log.waitFor('larger than http_server_options.max_header_size (2000 bytes)')
  })
})

const reader = `import type { Plugin } from 'postern/plugin'
export const Read: Plugin = async (c) => { c.req.raw.headers.set('Length', String((await c.req.text()).length)) }
`
const reading = {
  plugin: reader,
  definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Read', path: 'plugin.js' }] } },
}

describe('max_request_body_size', () => {
  for (const [title, options] of Object.entries({ 'that is passed on': {}, 'that a plugin reads': reading })) {
    test(`lets a body pass ${title} and is not larger`, async () => {
      await using stage = await withOptions({ max_request_body_size: 10 }, options)
      assert.equal((await exchange(stage.port, formatRequest('POST /api/', [], '0123456789'))).status, 200)
      const chunked = await exchange(
        stage.port,
        Buffer.concat([formatRequest('POST /api/', ['Transfer-Encoding: chunked']), formatChunk('0123456789'), formatChunk('')]),
      )
      assert.equal(chunked.status, 200)
    })

    test(`has a larger body ${title} refused while it arrives, where its length was not told`, async () => {
      await using stage = await withOptions({ max_request_body_size: 10 }, options)
      using connection = await openConnection(stage.port)
      await connection.send(formatRequest('POST /api/', ['Transfer-Encoding: chunked']))
      await connection.send(formatChunk('0123456'))
      await connection.send(formatChunk('7890'))
      const { status, text, head } = await connection.receive()
      assert.deepEqual(
        [status, text, headerValue(head.lines, 'content-type')],
        [413, 'Request Entity Too Large', 'text/plain; charset=utf-8'],
      )
      await connection.closed
      assert.ok(stage.upstream.requests.every(({ body }) => !body.complete))
    })
  }

  test('has a larger body refused by its length, unread', async () => {
    await using stage = await withOptions({ max_request_body_size: 10 })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 11']))
    const { status, text, head } = await connection.receive()
    assert.deepEqual(
      [status, text, headerValue(head.lines, 'content-type')],
      [413, 'Request Entity Too Large', 'text/plain; charset=utf-8'],
    )
    assert.equal(stage.upstream.requests.length, 0)
    await connection.closed
  })

  test('has a client that asks before it sends told 413 instead of 100', async () => {
    await using stage = await withOptions({ max_request_body_size: 10 })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 11', 'Expect: 100-continue']))
    const { status, interim } = await connection.receive()
    assert.deepEqual([status, interim.length], [413, 0])
    await connection.closed
  })

  test('leaves a connection in use whose body did arrive', async () => {
    await using stage = await withOptions({ max_request_body_size: 10 })
    using connection = await openConnection(stage.port)
    await connection.send(Buffer.concat([formatRequest('POST /api/', [], 'x'.repeat(11)), formatRequest('GET /api/after')]))
    assert.equal((await connection.receive()).status, 413)
    assert.equal((await connection.receive()).status, 200)
    assert.deepEqual(
      stage.upstream.requests.map(({ target }) => target),
      ['/after'],
    )
  })
})

const answering =
  (lines: string[], ...parts: (string | Buffer)[]): Script =>
  async ({ receive, write }) => {
    await receive()
    await write(['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n'))
    for (const part of parts) await write(part)
  }

describe('max_response_body_size', () => {
  const options = { max_response_body_size: 10 }

  test('lets a response pass that is not larger', async () => {
    await using stage = await withOptions(options, { script: answering(['Content-Length: 10'], '0123456789') })
    const { status, text } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.deepEqual([status, text], [200, '0123456789'])
  })

  test('has a larger response replaced by a 500', async () => {
    await using stage = await withOptions(options, { script: answering(['Content-Length: 11'], '0123456789a') })
    const { status, text } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.deepEqual([status, JSON.parse(text)], [500, { error: 'There was a problem proxying the request' }])
    await stage.gateway.log.waitFor('larger than http_server_options.max_response_body_size (10 bytes)')
  })

  test('is of no matter to HEAD, whose answer has no body', async () => {
    await using stage = await withOptions(options, { script: answering(['Content-Length: 11']) })
    const { status, head } = await exchange(stage.port, formatRequest('HEAD /api/'))
    assert.deepEqual([status, headerValue(head.lines, 'content-length')], [200, '11'])
  })

  test('has a larger response cut short where its length was not told', async () => {
    let writeRest = () => {}
    const script: Script = async ({ receive, write }) => {
      await receive()
      await write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${formatChunk('01234')}`)
      writeRest = () => void write(Buffer.concat([formatChunk('56789a'), formatChunk('')]))
    }
    await using stage = await withOptions(options, { script })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await connection.receiveHead()
    writeRest()
    const rest: Buffer[] = []
    for (let part = await connection.reader.some(); part; part = await connection.reader.some()) rest.push(part)
    assert.equal(Buffer.concat(rest).toString(), '5\r\n01234\r\n')
    await stage.gateway.log.waitFor('larger than http_server_options.max_response_body_size (10 bytes)')
  })

  test('has a larger response that a plugin waits for replaced by a 500', async () => {
    const plugin = `import type { Plugin } from 'postern/plugin'
export const Read: Plugin = async (c) => { c.res.headers.set('Length', String((await c.res.text()).length)) }
`
    const definition = { custom_middleware: { driver: 'jsplugin', response: [{ name: 'Read', path: 'plugin.js' }] } }
    const script = answering(['Transfer-Encoding: chunked'], formatChunk('01234'), formatChunk('56789a'), formatChunk(''))
    await using stage = await withOptions(options, { script, plugin, definition })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 500)
  })
})

test('max_connections has further connections closed, until one ends', async () => {
  await using stage = await withOptions({ max_connections: 1 })
  {
    using first = await openConnection(stage.port)
    await first.send(formatRequest('GET /api/'))
    assert.equal((await first.receive()).status, 200)
    using second = await openConnection(stage.port)
    await second.closed
    await stage.gateway.log.waitFor('there are http_server_options.max_connections (1) already')
  }
  await until('the gateway takes a connection again', async () => {
    try {
      return (await exchange(stage.port, formatRequest('GET /api/'))).status === 200
    } catch {
      return false
    }
  })
})
