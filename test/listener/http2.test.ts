import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatChunk, formatRequest, headerValue, headerValues } from '../harness/http-message.ts'
import { block, END_HEADERS, END_STREAM, frame, number32, PREFACE } from '../harness/http2-frames.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { openHttp2, receive } from './http2-client.ts'
import { pems } from './pems.ts'
import { askTls, connectTls } from './tls-client.ts'

const tls = { use_ssl: true, ssl_certificates: ['one.pem'] }
const files = { 'one.pem': pems.one.cert + pems.one.key }
const ways = { 'from the first byte': { scheme: 'http', options: {} }, 'over TLS': { scheme: 'https', options: tls } } as const

type Way = (typeof ways)[keyof typeof ways]

function open(way: Way, more: StageOptions = {}, options: object = {}): Promise<Stage> {
  return openStage({
    ...more,
    files,
    config: {
      access_logs: { enabled: true },
      ...more.config,
      http_server_options: { enable_http2: true, ...way.options, ...options },
    },
  })
}

const connectTo = (way: Way, stage: Stage) => openHttp2(`${way.scheme}://127.0.0.1:${stage.port}`)

for (const [title, way] of Object.entries(ways)) {
  describe(`HTTP/2 ${title}`, () => {
    test('carries a request to the upstream, with its headers in order and without what is HTTP/2 alone', async () => {
      await using stage = await open(way)
      await using client = await connectTo(way, stage)
      const { status, text } = await client.ask({
        ':path': '/api/a%2Fb//c?x=%20&y',
        ':authority': 'shop.test:8443',
        accept: '*/*',
        'x-list': ['1', '2'],
        cookie: ['a=1', 'b=2'],
        te: 'trailers',
      })
      assert.deepEqual([status, text], [200, 'ok'])
      const [request] = stage.upstream.requests
      assert.deepEqual([request?.method, request?.target], ['GET', '/a%2Fb//c?x=%20&y'])
      assert.deepEqual(request?.head.lines, [
        `host: 127.0.0.1:${stage.upstream.port}`,
        'connection: keep-alive',
        'accept: */*',
        'x-list: 1',
        'x-list: 2',
        'cookie: a=1; b=2',
        'te: trailers',
        'X-Forwarded-For: 127.0.0.1',
        'X-Forwarded-Host: shop.test:8443',
        `X-Forwarded-Proto: ${way.scheme}`,
      ])
      const line = JSON.parse(await stage.gateway.log.waitFor('"access-log"'))
      assert.deepEqual([line.protocol, line.host, line.client_ip, line.status], ['HTTP/2.0', 'shop.test:8443', '127.0.0.1', 200])
    })

    test('shows plugins the URL that the client asked for', async () => {
      const plugin = `import type { Plugin } from 'postern/plugin'
export const Tell: Plugin = async (c) => c.json({ url: c.req.url, method: c.req.method, body: await c.req.text(), header: c.req.header('x') })
`
      const hooks = { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Tell', path: 'plugin.js' }] } }
      await using stage = await open(way, { plugin, definition: hooks })
      await using client = await connectTo(way, stage)
      const { text } = await client.ask({ ':method': 'POST', ':path': '/api/?q', ':authority': 'shop.test', x: 'y' }, 'sent')
      assert.deepEqual(JSON.parse(text), { url: `${way.scheme}://shop.test/api/?q`, method: 'POST', body: 'sent', header: 'y' })
    })

    test('carries the headers of a response in order, without what belongs to a connection', async () => {
      const lines = [
        'X-One: 1',
        'Set-Cookie: a',
        'Set-Cookie: b',
        'X-One: 2',
        'Connection: X-Hop',
        'X-Hop: 1',
        'Keep-Alive: timeout=5',
        'X-Latin: \xe9',
      ]
      await using stage = await open(way, {
        script: async ({ receive, write }) => {
          await receive()
          await write(Buffer.from(['HTTP/1.1 201 Odd', ...lines, 'Content-Length: 2', '', 'ok'].join('\r\n'), 'latin1'))
        },
      })
      await using client = await connectTo(way, stage)
      const { status, raw, text } = await client.ask({})
      assert.deepEqual([status, text], [201, 'ok'])
      const names = raw.filter((_, i) => i % 2 === 0)
      assert.deepEqual(names, [':status', 'x-one', 'set-cookie', 'set-cookie', 'x-one', 'x-latin', 'content-length', 'date'])
      assert.equal(raw[11], '\xe9')
    })

    test('carries bodies of every size both ways', async () => {
      await using stage = await open(way, { script: async ({ receive, answer }) => answer(200, [], await receive()) })
      await using client = await connectTo(way, stage)
      for (const size of [0, 1, 16_384, 65_536, 3_000_000]) {
        const body = Buffer.alloc(size, 'abcdefg')
        const { status, text } = await client.ask({ ':method': 'POST' }, body)
        assert.equal(status, 200)
        assert.ok(text === body.toString(), `${size} bytes come back as they were`)
        const told = await client.ask({ ':method': 'PUT', 'content-length': String(size) }, body)
        assert.ok(told.text === body.toString())
      }
      const lengths = stage.upstream.requests.map(({ method, head, body }) => [
        method,
        headerValue(head.lines, 'content-length'),
        body.framing,
      ])
      assert.deepEqual(lengths.slice(2, 4), [
        ['POST', undefined, 'chunked'],
        ['PUT', '1', 'length'],
      ])
    })

    test('has many requests under way on one connection', async () => {
      await using stage = await open(way, {
        script: async ({ receive, answer, request }) => {
          await receive()
          await answer(200, [], request.target)
        },
      })
      await using client = await connectTo(way, stage)
      const paths = Array.from({ length: 100 }, (_, i) => `/api/${i}`)
      const answers = await Promise.all(paths.map((path) => client.ask({ ':path': path })))
      assert.deepEqual(
        answers.map(({ text }) => `/api${text}`),
        paths,
      )
    })

    test('holds back an upload that the upstream does not read', async () => {
      let read = () => {}
      await using stage = await open(way, {
        script: async ({ receive, answer }) => {
          await new Promise<void>((resolve) => {
            read = resolve
          })
          await receive({ keep: false })
          await answer(200, [], 'ok')
        },
      })
      await using client = await connectTo(way, stage)
      const stream = client.open({ ':method': 'POST' })
      const answer = receive(stream)
      let sent = 0
      for (let room = true; room && sent < 100; sent += 1) room = await writeOrStall(stream, Buffer.alloc(1 << 20))
      assert.ok(sent < 100, 'the client was held back')
      read()
      stream.end()
      assert.equal((await answer).status, 200)
    })

    test('holds back an upstream whose response the client does not read', async () => {
      let written = 0
      await using stage = await open(way, {
        script: async ({ receive, write, closed }) => {
          await receive()
          let gone = false
          void closed.then(() => {
            gone = true
          })
          await write('HTTP/1.1 200 OK\r\n\r\n')
          for (; !gone && written < 200; written += 1) await write(Buffer.alloc(1 << 20))
        },
      })
      await using client = await connectTo(way, stage)
      const stream = client.open({})
      stream.on('error', () => {})
      stream.end()
      await once(stream, 'response')
      await settled(() => written)
      assert.ok(written < 100, `the upstream has written ${written} MB`)
      stream.close(constants.NGHTTP2_CANCEL)
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
    })

    test('relays interim responses and trailers', async () => {
      await using stage = await open(way, {
        script: async ({ receive, write }) => {
          await receive()
          await write(
            'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>; rel=preload\r\nConnection: keep-alive\r\n\r\n',
          )
          await write(
            `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${formatChunk('some')}${formatChunk('thing')}`,
          )
          await write('0\r\nX-Sum: 7\r\nX-Sum: 8\r\n\r\n')
        },
      })
      await using client = await connectTo(way, stage)
      const { status, text, interim, headers, trailers } = await client.ask({})
      assert.deepEqual([status, text, headers.trailer], [200, 'something', 'X-Sum'])
      assert.deepEqual(
        interim.map((head) => [head[':status'], head.link]),
        [[103, '</a>; rel=preload, </b>; rel=preload']],
      )
      assert.equal(trailers['x-sum'], '7, 8')
    })

    test('has a client told to continue before the upload is asked for', async () => {
      await using stage = await open(way)
      await using client = await connectTo(way, stage)
      const stream = client.open({ ':method': 'POST', expect: '100-continue' })
      const answer = receive(stream)
      await once(stream, 'continue')
      stream.end('sent')
      assert.equal((await answer).text, 'ok')
      const [request] = stage.upstream.requests
      assert.deepEqual([request?.body.parts.join(''), headerValue(request?.head.lines ?? [], 'expect')], ['sent', undefined])
    })

    test('answers HEAD, 204 and 304 without a body', async () => {
      const heads: Record<string, string> = {
        '/204': '204 No Content\r\n',
        '/304': '304 Not Modified\r\nETag: "x"\r\n',
        '/200': '200 OK\r\nContent-Length: 5\r\n',
      }
      await using stage = await open(way, {
        script: async ({ receive, write, request }) => {
          await receive()
          await write(`HTTP/1.1 ${heads[request.target]}\r\n`)
        },
      })
      await using client = await connectTo(way, stage)
      const head = await client.ask({ ':method': 'HEAD', ':path': '/api/200' })
      assert.deepEqual([head.status, head.headers['content-length'], head.text, head.code], [200, '5', '', 0])
      assert.deepEqual((await client.ask({ ':path': '/api/204' })).status, 204)
      const { status, headers, code } = await client.ask({ ':path': '/api/304' })
      assert.deepEqual([status, headers.etag, code], [304, '"x"', 0])
    })

    test('streams a response as it comes', async () => {
      let go = () => {}
      await using stage = await open(way, {
        script: async ({ receive, write }) => {
          await receive()
          await write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
          await new Promise<void>((resolve) => {
            go = resolve
          })
          await write('data: 1\n\n')
        },
      })
      await using client = await connectTo(way, stage)
      const stream = client.open({})
      stream.on('error', () => {})
      stream.end()
      const [headers] = await once(stream, 'response')
      assert.equal(headers['content-type'], 'text/event-stream')
      go()
      assert.equal(String((await once(stream, 'data'))[0]), 'data: 1\n\n')
    })

    test('stops what runs for a request that the client resets', async () => {
      await using stage = await open(way, {
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
      await using stage = await open(way, {
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
        await using stage = await open(way, {
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
      await using stage = await open(way, {}, { max_request_body_size: 10, max_header_count: 20, max_header_size: 4096 })
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
      await using stage = await open(way)
      await using client = await connectTo(way, stage)
      assert.equal((await client.ask({ ':path': '/ready' })).status, 200)
      const reload = await client.ask({ ':path': '/tyk/reload', 'x-tyk-authorization': 'test-secret' })
      assert.equal(reload.status, 200)
    })

    test('ends a request that does not arrive, and goes on with the others', async () => {
      await using stage = await open(way, {}, { read_timeout: 0.3 })
      await using client = await connectTo(way, stage)
      const stream = client.open({ ':method': 'POST' })
      const late = receive(stream)
      stream.write('part of it')
      assert.equal((await late).status, 408)
      assert.equal((await client.ask({})).status, 200)
      await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
    })

    test('cuts a response of which the client takes nothing, and goes on with the others', async () => {
      await using stage = await open(
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
      const stage = await open(way, {
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
      await using stage = await open(way, {}, { enable_http2: false })
      if (way.scheme === 'https') {
        const socket = await connectTls(stage.port, { ALPNProtocols: ['h2', 'http/1.1'] })
        assert.equal(socket.alpnProtocol, 'http/1.1')
        socket.destroy()
      } else assert.equal((await exchange(stage.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')).status, 505)
    })

    test('leaves HTTP/1.1 to those who speak that', async () => {
      await using stage = await open(way)
      const request = formatRequest('GET /api/', ['Connection: close'])
      if (way.scheme === 'https')
        assert.match(await askTls(stage.port, request, { ALPNProtocols: ['http/1.1'] }), /^HTTP\/1\.1 200 .*ok$/s)
      if (way.scheme === 'https') assert.match(await askTls(stage.port, request), /^HTTP\/1\.1 200 .*ok$/s)
      else assert.equal((await exchange(stage.port, request)).text, 'ok')
    })
  })
}

test('the preface of HTTP/2 may come in pieces, but not behind a request', async () => {
  await using stage = await open(ways['from the first byte'])
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
  await using stage = await open(ways['from the first byte'])
  const lines = ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  assert.equal((await exchange(stage.port, formatRequest('GET /api/', lines))).status, 200)
  assert.deepEqual(headerValues(stage.upstream.requests[0]?.head.lines ?? [], 'upgrade'), [])
})

describe('a client of HTTP/2 that sends frames of its own', () => {
  for (const [name, code] of Object.entries({ NO_ERROR: 0, CANCEL: 8 })) {
    test(`has an upload that it resets with ${name} not taken for one that has ended`, async () => {
      await using stage = await open(ways['from the first byte'])
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
    await using stage = await open(
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

/** False once a write has had to wait for longer than anything takes that is not held back. */
async function writeOrStall(stream: ReturnType<Awaited<ReturnType<typeof openHttp2>>['open']>, piece: Buffer): Promise<boolean> {
  if (stream.write(piece)) return true
  return await Promise.race([once(stream, 'drain').then(() => true), delay(1000).then(() => false)])
}

/** Waits until a number has stopped to grow. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count()
    await delay(300)
  }
}
