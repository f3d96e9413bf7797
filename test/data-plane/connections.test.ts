import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

test('connections to client and upstream are used again', async () => {
  await using stage = await openStage()
  using connection = await openConnection(stage.port)
  for (let i = 0; i < 5; i++) {
    await connection.send(formatRequest(`POST /api/${i}`, [], 'content'))
    assert.equal((await connection.receive()).status, 200)
  }
  assert.equal(stage.upstream.connections, 1)
})

test('requests that a client sends without waiting are answered in order', async () => {
  await using stage = await openStage({ script: ({ request, answer }) => answer(200, [], request.target) })
  using connection = await openConnection(stage.port)
  const paths = ['/api/1', '/api/2', '/elsewhere', '/api/3']
  await connection.send(Buffer.concat(paths.map((path) => formatRequest(`GET ${path}`))))
  const texts: string[] = []
  for (const _ of paths) texts.push((await connection.receive()).text)
  assert.deepEqual(texts, ['/1', '/2', 'Not Found', '/3'])
})

test('a client that asks to close is answered and closed', async () => {
  await using stage = await openStage()
  using connection = await openConnection(stage.port)
  await connection.send(formatRequest('GET /api/', ['Connection: close']))
  const { status, head } = await connection.receive()
  assert.equal(status, 200)
  assert.equal(headerValue(head.lines, 'connection'), 'close')
  await connection.closed
})

test('a client of HTTP/1.0 gets a body that ends with the connection', async () => {
  await using stage = await openStage({
    script: ({ write }) => write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
  })
  using connection = await openConnection(stage.port)
  await connection.send('GET /api/ HTTP/1.0\r\nHost: gateway.test\r\n\r\n')
  const { text, head } = await connection.receive()
  assert.equal(text, 'ok')
  assert.equal(headerValue(head.lines, 'transfer-encoding'), undefined)
})

describe('an upstream that answers while the client still uploads', () => {
  test('has its answer delivered at once', async () => {
    await using stage = await openStage({
      script: async ({ answer, close }) => {
        await answer(413, ['Connection: close'], 'too much')
        close('end')
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 1000000'], 'only the beginning'))
    const { status, text } = await connection.receive()
    assert.equal(status, 413)
    assert.equal(text, 'too much')
  })

  test('and reads on gets the whole body', async () => {
    await using stage = await openStage({
      script: async ({ write, receive }) => {
        await write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nearly \r\n')
        await receive()
        await write('4\r\nlate\r\n0\r\n\r\n')
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 10'], 'first'))
    await connection.receiveHead()
    await connection.reader.some()
    await connection.send('later')
    assert.match((await connection.reader.some())?.toString() ?? '', /late/)
    assert.equal(stage.upstream.requests[0]?.body.parts.join(''), 'firstlater')
  })
})

test('a connection that an answer has left in doubt is not used for another request', async () => {
  await using stage = await openStage({ script: ({ answer }) => answer(413, [], 'too much') })
  using connection = await openConnection(stage.port)
  await connection.send(formatRequest('POST /api/', ['Content-Length: 30'], 'GET /api/hidden'))
  assert.equal((await connection.receive()).status, 413)
  stage.upstream.script = ({ request, answer }) => answer(200, [], request.target)
  assert.equal((await exchange(stage.port, formatRequest('GET /api/honest'))).text, '/honest')
  assert.deepEqual(
    stage.upstream.requests.map(({ target }) => target),
    ['/', '/honest'],
  )
})

describe('a plugin that answers without reading the body', () => {
  const refusing = {
    plugin: `
      import type { Plugin } from 'postern/plugin'
      export const Refuse: Plugin = (c) => c.text('no', 403)
    `,
    definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Refuse', path: 'plugin.js' }] } },
  }

  test('leaves the connection ready for the next request', async () => {
    await using stage = await openStage(refusing)
    using connection = await openConnection(stage.port)
    for (const body of ['', 'x'.repeat(10), 'x'.repeat(1_000_000)]) {
      await connection.send(formatRequest('POST /api/', [], body))
      assert.equal((await connection.receive()).status, 403)
    }
    await connection.send(formatRequest('POST /api/', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'))
    assert.equal((await connection.receive()).status, 403)
    await connection.send(formatRequest('GET /elsewhere'))
    assert.equal((await connection.receive()).status, 404)
  })

  test('answers before the body is there', async () => {
    await using stage = await openStage(refusing)
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 1000000'], 'only the beginning'))
    assert.equal((await connection.receive()).status, 403)
  })
})
