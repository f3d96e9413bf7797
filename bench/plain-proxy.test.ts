import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createPlainProxy } from './plain-proxy.ts'

const noBody = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

test('a request reaches the upstream with its header list as it was, without what was for the first hop alone', async (t) => {
  const { proxy, received } = await open(t, answering(noBody))
  await exchange(
    t,
    proxy,
    'GET /a/../b//c%2Fd;e?x=%20&&y HTTP/1.1\r\nHost: client.test\r\nX-b: 1\r\nx-A: 2\r\nX-B: 3\r\nCookie: a\r\nCookie: b\r\n' +
      'Connection: keep-alive, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n' +
      'TE: gzip, trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n',
  )
  const lines = received().split('\r\n')
  assert.equal(lines[0], 'GET /a/../b//c%2Fd;e?x=%20&&y HTTP/1.1')
  assert.match(lines[1] ?? '', /^host: 127\.0\.0\.1:\d+$/)
  assert.deepEqual(lines.slice(2, -2), [
    'connection: keep-alive',
    'X-b: 1',
    'x-A: 2',
    'X-B: 3',
    'Cookie: a',
    'Cookie: b',
    'TE: trailers',
    'X-Forwarded-For: 10.0.0.1, 127.0.0.1',
    'X-Forwarded-Host: client.test',
    'X-Forwarded-Proto: http',
  ])
})

test('X-Forwarded-Host and X-Forwarded-Proto that a proxy before has set are kept, and an absolute target loses its origin', async (t) => {
  const { proxy, received } = await open(t, answering(noBody))
  await exchange(
    t,
    proxy,
    'GET http://other.test/p?q HTTP/1.1\r\nHost: c\r\nx-forwarded-host: first.test\r\nx-forwarded-proto: https\r\n\r\n',
  )
  assert.match(received(), /^GET \/p\?q HTTP/)
  assert.match(received(), /x-forwarded-host: first\.test\r\nx-forwarded-proto: https\r\nX-Forwarded-For: 127\.0\.0\.1\r\n\r\n$/)
})

test('a response reaches the client with its status text, header list and bytes as they were', async (t) => {
  const head =
    'HTTP/1.1 207 Many Things\r\nDate: today\r\nX-b: 1\r\nSet-Cookie: a\r\nx-B: é\r\nContent-Length: 4\r\nSet-Cookie: b\r\n' +
    'Content-Disposition: inline; filename="é"\r\n'
  const { proxy } = await open(
    t,
    answering(`${head}Connection: keep-alive, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: 9\r\n\r\n\xff\x00é!`),
  )
  const answer = await exchange(t, proxy, get)
  assert.equal(answer, `${head}Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n\xff\x00é!`)
})

test('HEAD, 204 and 304 end with their head, and the connection goes on', async (t) => {
  const answers = ['200 OK', '204 No Content', '304 Not Modified'].map((status, i) =>
    i === 1 ? `HTTP/1.1 ${status}\r\n\r\n` : `HTTP/1.1 ${status}\r\nContent-Length: 12\r\n\r\n`,
  )
  const { proxy } = await open(t, (socket) => onRequest(socket, () => socket.write(answers.shift() ?? '')))
  const client = await dial(t, proxy)
  for (const [method, expected] of [
    ['HEAD', /^HTTP\/1.1 200 OK\r\nContent-Length: 12\r\n/],
    ['GET', /^HTTP\/1.1 204/],
    ['GET', /^HTTP\/1.1 304/],
  ] as const) {
    client.write(`${method} / HTTP/1.1\r\nHost: c\r\n\r\n`)
    const answer = await readUntil(client, /\r\n\r\n/)
    assert.match(answer, expected)
    assert.match(answer, /\r\n\r\n$/)
    assert.doesNotMatch(answer, /transfer-encoding/i)
  }
})

test('bodies arrive whole both ways, by length and in chunks, and with GET', async (t) => {
  const echo: RequestListener = (request, response) => {
    response.setHeader('X-Framing', request.headers['transfer-encoding'] ?? `length ${request.headers['content-length']}`)
    request.pipe(response)
  }
  const { proxy } = await openHttp(t, echo)
  const byLength = await exchange(t, proxy, 'GET / HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello')
  assert.match(byLength, /X-Framing: length 5\r\n[\s\S]*\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
  // undici gives a length to a chunked body that has arrived whole.
  const chunked = 'POST / HTTP/1.1\r\nHost: c\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
  assert.match(await exchange(t, proxy, chunked), /X-Framing: (?:chunked|length 5)\r\n[\s\S]*\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
})

test('the trailers of a response are relayed', async (t) => {
  const { proxy } = await open(
    t,
    answering('HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n'),
  )
  assert.match(await exchange(t, proxy, get), /\r\nTrailer: X-Sum\r\n[\s\S]*\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n$/)
})

test('100-continue is answered by the proxy, and other informational responses are relayed', async (t) => {
  const { proxy, received } = await open(
    t,
    answering('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  )
  const client = await dial(t, proxy)
  client.write('PUT / HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
  assert.equal(await readUntil(client, /\r\n\r\n/), 'HTTP/1.1 100 Continue\r\n\r\n')
  client.write('hi')
  assert.match(await readUntil(client, /ok$/), /^HTTP\/1.1 103 Early Hints\r\nLink: <\/a>\r\n\r\nHTTP\/1.1 200 OK\r\n/)
  assert.doesNotMatch(received(), /expect/i)
})

test('a head, and then each event, arrive when they were sent', async (t) => {
  const streams: Socket[] = []
  const { proxy } = await open(t, (socket) => onRequest(socket, () => streams.push(socket)))
  const client = await dial(t, proxy)
  client.write(get)
  await until(() => streams.length === 1)
  streams[0]?.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
  await readUntil(client, /\r\n\r\n/)
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    streams[0]?.write(event)
    assert.match(await readUntil(client, /\n\n/), new RegExp(JSON.stringify(event).slice(1, -1)))
  }
})

test('a client that does not read stops the upstream, and an upstream that does not read stops the client', async (t) => {
  const size = 64 * 1024 ** 2
  const sending: Socket[] = []
  const { proxy } = await open(t, (socket) => {
    onRequest(socket, () => {
      socket.pause()
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
      socket.write(Buffer.alloc(size))
      sending.push(socket)
    })
  })
  const reader = (await dial(t, proxy)).pause()
  reader.write(get)
  await until(() => sending.length === 1)
  assert.ok((await settled(() => sending[0]?.writableLength ?? 0)) > size / 2)
  const writer = await dial(t, proxy)
  writer.write(`PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: ${size}\r\n\r\n`)
  writer.write(Buffer.alloc(size))
  assert.ok((await settled(() => writer.writableLength)) > size / 2)
})

test('a client that goes away takes its upstream request with it', async (t) => {
  const { proxy, sockets } = await open(t, () => {})
  const client = await dial(t, proxy)
  client.write(get)
  await until(() => sockets.length === 1)
  client.destroy()
  await until(() => sockets[0]?.destroyed === true)
})

test('an upstream that fails before its head is a 500, after it a broken connection', async (t) => {
  const { proxy } = await open(t, (socket) => onRequest(socket, () => socket.destroy()))
  assert.match(await exchange(t, proxy, get), /^HTTP\/1.1 500 [\s\S]*\{"error":"There was a problem proxying the request"\}$/)
  const late = await open(t, (socket) =>
    onRequest(socket, () =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => setImmediate(() => socket.destroy())),
    ),
  )
  const client = await dial(t, late.proxy)
  client.write(get)
  assert.match(await readUntil(client, /half$/), /^HTTP\/1.1 200/)
  if (!client.destroyed) await once(client, 'close')
})

test('an upstream that is not there is a 500, one that is too slow a 504', async (t) => {
  const gone = createServer()
  await listen(t, gone)
  const { port } = gone.address() as AddressInfo
  gone.close()
  const proxy = await listen(t, createPlainProxy(`http://127.0.0.1:${port}`))
  const post = 'POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 100000\r\n\r\nsome'
  assert.match(await exchange(t, proxy, post), /^HTTP\/1.1 500 [\s\S]*Connection: close\r\n/)
  const slow = await open(t, () => {}, 100)
  assert.match(await exchange(t, slow.proxy, get), /^HTTP\/1.1 504 [\s\S]*\{"error":"Upstream service reached hard timeout\."\}$/)
})

test('an answer before the end of the request closes the connection', async (t) => {
  const { proxy } = await open(t, answering('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\n\r\nbig'))
  const client = await dial(t, proxy)
  client.write('POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 100000\r\n\r\nsome')
  assert.match(await readUntil(client, /big$/), /^HTTP\/1.1 413/)
  if (!client.destroyed) await once(client, 'close')
})

const get = 'GET / HTTP/1.1\r\nHost: c\r\n\r\n'

interface Opened {
  readonly proxy: number
  /** Everything that the upstream has received, one byte a character. */
  readonly received: () => string
  readonly sockets: readonly Socket[]
}

/** A proxy before an upstream that speaks bytes. */
async function open(t: TestContext, serve: (socket: Socket) => void, headersTimeout?: number): Promise<Opened> {
  const sockets: Socket[] = []
  let received = ''
  const upstream = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
    })
    serve(socket)
  })
  const port = await listen(t, upstream)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  const proxy = await listen(t, createPlainProxy(`http://127.0.0.1:${port}`, headersTimeout))
  return { proxy, received: () => received, sockets }
}

async function openHttp(t: TestContext, serve: RequestListener): Promise<{ proxy: number }> {
  const port = await listen(t, createHttpServer(serve))
  return { proxy: await listen(t, createPlainProxy(`http://127.0.0.1:${port}`)) }
}

function answering(text: string): (socket: Socket) => void {
  return (socket) => onRequest(socket, () => socket.write(text, 'latin1'))
}

function onRequest(socket: Socket, serve: () => void): void {
  socket.on('data', (chunk) => {
    if (chunk.includes('\r\n\r\n')) serve()
  })
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)()
  })
  return (server.address() as AddressInfo).port
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('latin1')
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends a request, and reads its response: to the end of the connection, or while it still says something. */
async function exchange(t: TestContext, port: number, request: string): Promise<string> {
  const client = await dial(t, port)
  client.write(request, 'latin1')
  return readUntil(client, /\r\n\r\n(?=$)|[^\n]$|0\r\n\r\n$/)
}

async function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (pattern.test(text)) return text
  }
  return text
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !condition(); await turn()) {
    assert.ok(Date.now() < deadline, `${condition} within 5 s`)
  }
}

/** The value once it has stayed the same for a while. */
async function settled(read: () => number): Promise<number> {
  let value = read()
  for (let same = 0; same < 20_000; same++) {
    await turn()
    if (read() !== value) same = 0
    value = read()
  }
  return value
}
