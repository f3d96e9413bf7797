import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatChunk, headerValue } from '../harness/http-message.ts'
import { until } from '../harness/until.ts'
import { type openHttp2, receive } from './http2-client.ts'
import { connectTo, openHttp2Stage, ways } from './http2-stage.ts'

for (const [title, way] of Object.entries(ways)) {
  describe(`HTTP/2 ${title}`, () => {
    test('carries a request to the upstream, with its headers in order and without what is HTTP/2 alone', async () => {
      await using stage = await openHttp2Stage(way)
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
      await using stage = await openHttp2Stage(way, { plugin, definition: hooks })
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way, { script: async ({ receive, answer }) => answer(200, [], await receive()) })
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way)
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
      await using stage = await openHttp2Stage(way, {
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
      await using stage = await openHttp2Stage(way, {
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
  })
}

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
