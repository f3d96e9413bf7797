import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Body, formatChunk, formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection, type RawResponse } from '../harness/raw-client.ts'
import type { RecordedRequest, Script } from '../harness/raw-upstream.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'

const contentOf = ({ parts }: Body) => Buffer.concat(parts)
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i))

describe('the body of a request', () => {
  async function sent(...request: Parameters<typeof formatRequest>): Promise<RecordedRequest> {
    await using stage = await openStage()
    assert.equal((await exchange(stage.port, formatRequest(...request))).status, 200)
    return stage.upstream.requests[0] as RecordedRequest
  }

  test('keeps its Content-Length', async () => {
    const { head, body } = await sent('POST /api/', [], everyByte)
    assert.equal(headerValue(head.lines, 'content-length'), '256')
    assert.equal(headerValue(head.lines, 'transfer-encoding'), undefined)
    assert.deepEqual(contentOf(body), everyByte)
  })

  test('stays chunked', async () => {
    const chunks = Buffer.concat([formatChunk('a'), formatChunk(everyByte), formatChunk('')])
    const { head, body } = await sent('POST /api/', ['Transfer-Encoding: chunked'], chunks)
    assert.equal(headerValue(head.lines, 'transfer-encoding'), 'chunked')
    assert.equal(headerValue(head.lines, 'content-length'), undefined)
    assert.deepEqual(contentOf(body), Buffer.concat([Buffer.from('a'), everyByte]))
  })

  test('is chunked also where it turns out to be empty', async () => {
    const { body } = await sent('POST /api/', ['Transfer-Encoding: chunked'], formatChunk(''))
    assert.equal(body.length, 0)
    assert.equal(body.complete, true)
  })

  test('is told to be empty on a POST without one', async () => {
    const { head } = await sent('POST /api/', ['Content-Length: 0'])
    assert.equal(headerValue(head.lines, 'content-length'), '0')
  })

  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'PROPFIND', 'PATCH']) {
    test(`goes upstream on ${method} too`, async () => {
      assert.equal(contentOf((await sent(`${method} /api/`, [], 'content')).body).toString(), 'content')
    })
  }
})

describe('the body of a response', () => {
  async function back(script: Script, method = 'GET'): Promise<RawResponse> {
    await using stage = await openStage({ script })
    return await exchange(stage.port, formatRequest(`${method} /api/`))
  }

  test('keeps its Content-Length', async () => {
    const { head, body } = await back(({ answer }) => answer(200, [], everyByte))
    assert.equal(headerValue(head.lines, 'content-length'), '256')
    assert.equal(headerValue(head.lines, 'transfer-encoding'), undefined)
    assert.deepEqual(contentOf(body), everyByte)
  })

  test('stays chunked', async () => {
    const { head, body } = await back(async ({ write }) => {
      await write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      for (const chunk of ['a', everyByte, '']) await write(formatChunk(chunk))
    })
    assert.equal(headerValue(head.lines, 'transfer-encoding'), 'chunked')
    assert.deepEqual(contentOf(body), Buffer.concat([Buffer.from('a'), everyByte]))
    assert.equal(body.complete, true)
  })

  test('of an upstream that ends it by closing becomes chunked', async () => {
    const { head, body, text } = await back(async ({ write, close }) => {
      await write('HTTP/1.1 200 OK\r\n\r\nuntil the end')
      close('end')
    })
    assert.equal(headerValue(head.lines, 'transfer-encoding'), 'chunked')
    assert.equal(text, 'until the end')
    assert.equal(body.complete, true)
  })

  test('is left out of an answer to HEAD, whose headers describe it', async () => {
    const { status, head, body } = await back(
      ({ write }) => write('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: "x"\r\n\r\n'),
      'HEAD',
    )
    assert.equal(status, 200)
    assert.equal(headerValue(head.lines, 'content-length'), '1234')
    assert.equal(headerValue(head.lines, 'etag'), '"x"')
    assert.equal(body.length, 0)
  })

  test('is missing from a 204, and no framing is made up for it', async () => {
    const { status, head } = await back(({ write }) => write('HTTP/1.1 204 No Content\r\nX-Mine: 1\r\n\r\n'))
    assert.equal(status, 204)
    assert.equal(headerValue(head.lines, 'content-length'), undefined)
    assert.equal(headerValue(head.lines, 'transfer-encoding'), undefined)
  })

  test('is missing from a 304, which may tell its length', async () => {
    const { status, head } = await back(({ write }) =>
      write('HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n'),
    )
    assert.equal(status, 304)
    assert.equal(headerValue(head.lines, 'content-length'), '99')
    assert.equal(headerValue(head.lines, 'etag'), '"x"')
  })

  test('is followed by the trailers of the upstream', async () => {
    const { text, body } = await back(async ({ write }) => {
      await write('HTTP/1.1 200 OK\r\nTrailer: X-Digest\r\nTransfer-Encoding: chunked\r\n\r\n')
      await write(formatChunk('content'))
      await write('0\r\nX-Digest: abc\r\nx-SECOND: d\r\n\r\n')
    })
    assert.equal(text, 'content')
    assert.deepEqual(body.trailers, ['X-Digest: abc', 'x-SECOND: d'])
  })
})

test('HEAD, 204 and 304 leave the client connection ready for the next request', async () => {
  await using stage = await openStage({
    script: async ({ request, answer, write }) => {
      if (request.target === '/ok') await answer(200, [], 'ok')
      else
        await write(
          `HTTP/1.1 ${request.target === '/head' ? '200 OK\r\nContent-Length: 5' : `${request.target.slice(1)} X`}\r\n\r\n`,
        )
    },
  })
  using connection = await openConnection(stage.port)
  for (const [method, path] of [
    ['HEAD', 'head'],
    ['GET', '204'],
    ['GET', '304'],
    ['GET', 'ok'],
  ] as const) {
    await connection.send(formatRequest(`${method} /api/${path}`))
    const { text } = await connection.receive({ method })
    assert.equal(text, path === 'ok' ? 'ok' : '')
  }
})

describe('a plugin that changes the body of a response', () => {
  const changing = (body: string): StageOptions => ({
    script: async ({ write }) => {
      await write('HTTP/1.1 200 OK\r\nTrailer: X-Digest\r\nTransfer-Encoding: chunked\r\n\r\n')
      await write(Buffer.concat([formatChunk('content'), Buffer.from('0\r\nX-Digest: abc\r\n\r\n')]))
    },
    plugin: `
      import type { Plugin } from 'postern/plugin'
      export const Change: Plugin = async (c) => { ${body} }
    `,
    definition: { custom_middleware: { driver: 'jsplugin', response: [{ name: 'Change', path: 'plugin.js' }] } },
  })

  test('drops the trailers of the old one', async () => {
    await using stage = await openStage(changing('c.res = new Response((await c.res.text()).toUpperCase(), c.res)'))
    const { text, head, body } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.equal(text, 'CONTENT')
    assert.equal(headerValue(head.lines, 'trailer'), undefined)
    assert.deepEqual(body.trailers, [])
  })

  test('keeps them as long as it only touches headers', async () => {
    await using stage = await openStage(changing("c.res.headers.set('X-Touched', '1')"))
    const { text, body } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.equal(text, 'content')
    assert.deepEqual(body.trailers, ['X-Digest: abc'])
  })
})
