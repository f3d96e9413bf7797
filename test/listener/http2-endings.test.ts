import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatChunk, formatRequest, headerValues } from '../harness/http-message.ts'
import { block, END_HEADERS, END_STREAM, frame, number32, PREFACE } from '../harness/http2-frames.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import { receive } from './http2-client.ts'
import { connectTo, openHttp2Stage, ways } from './http2-stage.ts'
import { askTls, connectTls } from './tls-client.ts'

for (const [title, way] of Object.entries(ways)) {
  describe(`HTTP/2 ${title}`, () => {
    test('stops what runs for a request that the client resets', async () => {
      await using stage = await openHttp2Stage(way, {
        script: async ({ receive, closed }) => {
          await receive()
          await closed
        },
      })
      await using client = await connectTo(way, stage)
      const stream = client.open({})
      stream.on('error', () => {})
      stream.end()
      await until('the upstream has it', () => stage.upstream.requests.length === 1)
      stream.close(constants.NGHTTP2_CANCEL)
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
      assert.match(await stage.gateway.log.waitFor('"access-log"'), /"status":499/)
    })

    test('stops what runs for a client that is gone, an upload included', async () => {
      await using stage = await openHttp2Stage(way, {
        script: async ({ receive, closed }) => {
          await receive()
          await closed
        },
      })
      const client = await connectTo(way, stage)
      for (const body of ['', 'part of it']) {
        const stream = client.open({ ':method': 'POST' })
        stream.on('error', () => {})
        if (body) stream.write(body)
        else stream.end()
      }
      await until('the upstream has both', () => stage.upstream.requests.length === 2)
      await client[Symbol.asyncDispose]()
      await until('the upstream is let go', () => stage.upstream.requests.every(({ aborted }) => aborted))
    })

    for (const framing of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
      test(`resets a response whose upstream breaks off, with ${framing}`, async () => {
        let breakOff = () => {}
        await using stage = await openHttp2Stage(way, {
          script: async ({ receive, write, close }) => {
            await receive()
            await write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.endsWith('chunked') ? formatChunk('01234') : '01234'}`)
            breakOff = () => close('reset')
            await new Promise(() => {})
          },
        })
        await using client = await connectTo(way, stage)
        const stream = client.open({})
        const answer = receive(stream)
        stream.end()
        await once(stream, 'data')
        breakOff()
        const { status, text, code } = await answer
        assert.deepEqual([status, text, code], [200, '01234', constants.NGHTTP2_INTERNAL_ERROR])
      })
    }

    test('answers errors as HTTP/1 does', async () => {
      await using stage = await openHttp2Stage(
        way,
        {},
        { max_request_body_size: 10, max_header_count: 20, max_header_size: 4096 },
      )
      await using client = await connectTo(way, stage)
      const asked = {
        404: client.ask({ ':path': '/nowhere' }),
        400: client.ask({ ':path': '/api/%2e%2e/x' }),
        413: client.ask({ ':method': 'POST', 'content-length': '11' }, '01234567890'),
        431: client.ask(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x-${i}`, '1']))),
      }
      for (const [status, answer] of Object.entries(asked)) assert.equal((await answer).status, Number(status))
      assert.equal((await client.ask({ x: 'a'.repeat(5000) })).status, 431)
      const chunked = await client.ask({ ':method': 'POST' }, '01234567890')
      assert.deepEqual([chunked.status, chunked.text], [413, 'Request Entity Too Large'])
      assert.equal((await client.ask({})).status, 200, 'and goes on with the connection')
    })

    test("answers what is the gateway's own", async () => {
      await using stage = await openHttp2Stage(way)
      await using client = await connectTo(way, stage)
      assert.equal((await client.ask({ ':path': '/ready' })).status, 200)
      const reload = await client.ask({ ':path': '/tyk/reload', 'x-tyk-authorization': 'test-secret' })
      assert.equal(reload.status, 200)
    })

    test('ends a request that does not arrive, and goes on with the others', async () => {
      await using stage = await openHttp2Stage(way, {}, { read_timeout: 0.3 })
      await using client = await connectTo(way, stage)
      const stream = client.open({ ':method': 'POST' })
      const late = receive(stream)
      stream.write('part of it')
      assert.equal((await late).status, 408)
      assert.equal((await client.ask({})).status, 200)
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
    })

    test('cuts a response of which the client takes nothing, and goes on with the others', async () => {
      await using stage = await openHttp2Stage(
        way,
        {
          script: async ({ receive, write, answer, request, closed }) => {
            await receive()
            if (request.target === '/small') return answer(200, [], 'ok')
            let gone = false
            void closed.then(() => {
              gone = true
            })
            await write('HTTP/1.1 200 OK\r\n\r\n')
            while (!gone) await write(Buffer.alloc(1 << 20))
          },
        },
        { write_timeout: 0.3 },
      )
      await using client = await connectTo(way, stage)
      const stream = client.open({})
      stream.on('error', () => {})
      stream.end()
      await once(stream, 'response')
      await new Promise<void>((resolve) => stream.once('close', () => resolve()))
      await stage.gateway.log.waitFor('the client took nothing of it for http_server_options.write_timeout')
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
      assert.equal((await client.ask({ ':path': '/api/small' })).text, 'ok')
    })

    test('lets requests end when the gateway closes, and refuses further ones', async () => {
      let answerNow = () => {}
      const stage = await openHttp2Stage(way, {
        script: async ({ receive, answer }) => {
          await receive()
          await new Promise<void>((resolve) => {
            answerNow = resolve
          })
          await answer(200, [], 'late')
        },
      })
      await using client = await connectTo(way, stage)
      const answer = client.ask({})
      await until('the upstream has it', () => stage.upstream.requests.length === 1)
      const goaway = once(client.session, 'goaway')
      const closed = stage.gateway[Symbol.asyncDispose]()
      await goaway
      answerNow()
      assert.equal((await answer).text, 'late')
      await closed
      await stage.upstream[Symbol.asyncDispose]()
    })

    test('is not spoken unless it is enabled', async () => {
      await using stage = await openHttp2Stage(way, {}, { enable_http2: false })
      if (way.scheme === 'https') {
        const socket = await connectTls(stage.port, { ALPNProtocols: ['h2', 'http/1.1'] })
        assert.equal(socket.alpnProtocol, 'http/1.1')
        socket.destroy()
      } else assert.equal((await exchange(stage.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).status, 505)
    })

    test('leaves HTTP/1.1 to those who speak that', async () => {
      await using stage = await openHttp2Stage(way)
      const request = formatRequest('GET /api/', ['Connection: close'])
      if (way.scheme === 'https')
        assert.match(await askTls(stage.port, request, { ALPNProtocols: ['http/1.1'] }), /^HTTP\/1\.1 200 .*ok$/s)
      if (way.scheme === 'https') assert.match(await askTls(stage.port, request), /^HTTP\/1\.1 200 .*ok$/s)
      else assert.equal((await exchange(stage.port, request)).text, 'ok')
    })
  })
}

test('the preface of HTTP/2 may come in pieces, but not behind a request', async () => {
  await using stage = await openHttp2Stage(ways['from the first byte'])
  using pieces = await openConnection(stage.port)
  for (const piece of ['PRI * HT', 'TP/2.0\r\n\r', '\nSM\r\n\r\n', '\0\0\0\x04\0\0\0\0\0']) {
    await pieces.send(piece)
    await delay(5)
  }
  assert.equal((await pieces.reader.some(9))?.[3], 4, 'the gateway sends its settings')
  using late = await openConnection(stage.port)
  await late.send(formatRequest('GET /api/'))
  assert.equal((await late.receive()).status, 200)
  await late.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  assert.equal((await late.receive()).status, 505)
  await late.closed
})

test('an upgrade to HTTP/2 is declined by an answer in HTTP/1.1', async () => {
  await using stage = await openHttp2Stage(ways['from the first byte'])
  const lines = ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  assert.equal((await exchange(stage.port, formatRequest('GET /api/', lines))).status, 200)
  assert.deepEqual(headerValues(stage.upstream.requests[0]?.head.lines ?? [], 'upgrade'), [])
})

describe('a client of HTTP/2 that sends frames of its own', () => {
  for (const [name, code] of Object.entries({ NO_ERROR: 0, CANCEL: 8 })) {
    test(`has an upload that it resets with ${name} not taken for one that has ended`, async () => {
      await using stage = await openHttp2Stage(ways['from the first byte'])
      using connection = await openConnection(stage.port)
      const head = block([
        [':method', 'POST'],
        [':scheme', 'http'],
        [':path', '/api/'],
        [':authority', 'gateway.test'],
      ])
      await connection.send(
        Buffer.concat([PREFACE, frame('settings', 0, 0), frame('headers', END_HEADERS, 1, head), frame('data', 0, 1, 'part')]),
      )
      await until('the upstream has a part', () => stage.upstream.requests[0]?.body.length === 4)
      await connection.send(frame('reset', 0, 1, number32(code)))
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
      assert.equal(stage.upstream.requests[0]?.body.complete, false)
    })
  }

  test('is cut where it takes nothing at all', async () => {
    await using stage = await openHttp2Stage(
      ways['from the first byte'],
      {
        script: async ({ receive, write, closed }) => {
          await receive()
          let gone = false
          void closed.then(() => {
            gone = true
          })
          await write('HTTP/1.1 200 OK\r\n\r\n')
          while (!gone) await write(Buffer.alloc(1 << 20))
        },
      },
      { write_timeout: 0.3 },
    )
    using connection = await openConnection(stage.port)
    const widest = Buffer.concat([Buffer.from([0, 4]), number32(2 ** 31 - 1)])
    const head = block([
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/api/'],
      [':authority', 'gateway.test'],
    ])
    await connection.send(
      Buffer.concat([
        PREFACE,
        frame('settings', 0, 0, widest),
        frame('windowUpdate', 0, 0, number32(2 ** 31 - 1 - 65_535)),
        frame('headers', END_HEADERS | END_STREAM, 1, head),
      ]),
    )
    await stage.gateway.log.waitFor('the client took nothing of it for http_server_options.write_timeout')
    await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
    while (await connection.reader.some()) {} // and then the connection ends
  })
})
