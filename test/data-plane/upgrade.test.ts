import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { formatRequest, headerValue, headerValues } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const handshake = formatRequest('GET /api/socket?a=%2F', [
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: chat',
  'X-oDD: 1',
  'X-oDD: 2',
])

const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\nX-Mine: 1\r\n\r\n'

/** Accepts, and sends back every byte in upper case. */
const shout: Script = async ({ write, bytes }) => {
  await write(accepted)
  for await (const chunk of bytes()) await write(chunk.toString('latin1').toUpperCase())
}

describe('a WebSocket', () => {
  test('is passed through: handshake, then bytes both ways', async () => {
    await using stage = await openStage({ script: shout })
    using connection = await openConnection(stage.port)
    await connection.send(handshake)
    const head = await connection.receiveHead()
    assert.equal(head.startLine, 'HTTP/1.1 101 Switching Protocols')
    assert.equal(headerValue(head.lines, 'sec-websocket-accept'), 'x')
    assert.equal(headerValue(head.lines, 'x-mine'), '1')
    for (const word of ['first', 'second']) {
      await connection.send(word)
      assert.equal((await connection.reader.some())?.toString(), word.toUpperCase())
    }
    const { target, head: seen } = stage.upstream.requests[0] ?? assert.fail('nothing reached the upstream')
    assert.equal(target, '/socket?a=%2F')
    assert.deepEqual(headerValues(seen.lines, 'x-odd'), ['1', '2'])
    assert.equal(headerValue(seen.lines, 'upgrade'), 'websocket')
    assert.equal(headerValue(seen.lines, 'connection')?.toLowerCase(), 'upgrade')
    assert.equal(headerValue(seen.lines, 'sec-websocket-protocol'), 'chat')
    assert.equal(headerValue(seen.lines, 'x-forwarded-for'), '127.0.0.1')
  })

  test('gets the bytes that come right behind either handshake', async () => {
    await using stage = await openStage({
      script: async ({ write, bytes }) => {
        await write(`${accepted}welcome`)
        for await (const chunk of bytes()) await write(chunk)
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(Buffer.concat([handshake, Buffer.from('hello')]))
    await connection.receiveHead()
    let text = ''
    while (text.length < 12) text += await connection.reader.some()
    assert.equal(text, 'welcomehello')
  })

  test('closes with its client', async () => {
    let ended = false
    await using stage = await openStage({
      script: async (to) => {
        await shout(to)
        ended = true
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(handshake)
    await connection.receiveHead()
    connection.abort()
    await until('the upstream to see it', () => ended)
  })

  test('closes with its upstream', async () => {
    await using stage = await openStage({
      script: async ({ write, close }) => {
        await write(accepted)
        close('end')
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(handshake)
    await connection.receiveHead()
    await connection.closed
  })

  test('that the upstream declines gets its answer', async () => {
    await using stage = await openStage({ script: ({ answer }) => answer(426, ['X-Mine: 1'], 'not here') })
    const { status, head, text } = await exchange(stage.port, handshake)
    assert.equal(status, 426)
    assert.equal(headerValue(head.lines, 'x-mine'), '1')
    assert.equal(text, 'not here')
  })

  test('that a plugin refuses never reaches the upstream', async () => {
    await using stage = await openStage({
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Refuse: Plugin = (c) => c.text('no', 403)
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Refuse', path: 'plugin.js' }] } },
    })
    const { status, text } = await exchange(stage.port, handshake)
    assert.equal(status, 403)
    assert.equal(text, 'no')
    assert.equal(stage.upstream.requests.length, 0)
  })

  test('is passed through plugins that wait for the response, and response plugins are left out', async () => {
    await using stage = await openStage({
      script: shout,
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Around: Plugin = async (c, next) => {
          c.req.raw.headers.set('X-Around', '1')
          await next()
        }
        export const Back: Plugin = (c) => {
          c.res.headers.set('X-Back', '1')
        }
      `,
      definition: {
        custom_middleware: {
          driver: 'jsplugin',
          pre: [{ name: 'Around', path: 'plugin.js' }],
          response: [{ name: 'Back', path: 'plugin.js' }],
        },
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(handshake)
    const head = await connection.receiveHead()
    assert.equal(head.startLine, 'HTTP/1.1 101 Switching Protocols')
    assert.equal(headerValue(head.lines, 'x-back'), undefined)
    await connection.send('through')
    assert.equal((await connection.reader.some())?.toString(), 'THROUGH')
    assert.equal(headerValue(stage.upstream.requests[0]?.head.lines ?? [], 'x-around'), '1')
  })

  test('whose upstream cannot be reached is 500', async () => {
    await using stage = await openStage({ definition: { proxy: { target_url: `http://127.0.0.1:${await closedPort()}/` } } })
    assert.equal((await exchange(stage.port, handshake)).status, 500)
  })
})

test('an offer to speak HTTP/2 is declined by answering in HTTP/1.1', async () => {
  await using stage = await openStage()
  const { status, text } = await exchange(
    stage.port,
    formatRequest(
      'POST /api/',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
      'content',
    ),
  )
  assert.equal(status, 200)
  assert.equal(text, 'ok')
  const { head, body } = stage.upstream.requests[0] ?? assert.fail('nothing reached the upstream')
  assert.equal(headerValue(head.lines, 'upgrade'), undefined)
  assert.equal(headerValue(head.lines, 'http2-settings'), undefined)
  assert.equal(body.parts.join(''), 'content')
})
