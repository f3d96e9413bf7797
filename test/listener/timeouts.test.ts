import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const impatient = { http_server_options: { read_timeout: 0.3 } }
const COMPLETE = formatRequest('GET /api/')

describe('a client that sends too slowly', () => {
  const beginnings = {
    'says nothing': '',
    'does not end its head': 'GET /api/ HTTP/1.1\r\nHost: gateway.test\r\nX: ',
    'does not end its body': 'POST /api/ HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 10\r\n\r\n01234',
  }
  for (const [what, bytes] of Object.entries(beginnings)) {
    test(`gets a 408 and is closed if it ${what}`, async () => {
      await using stage = await openStage({ config: impatient })
      using connection = await openConnection(stage.port)
      await connection.send(bytes)
      const { status, head } = await connection.receive()
      assert.deepEqual([status, headerValue(head.lines, 'connection')], [408, 'close'])
      await connection.closed
      await until('the upstream is rid of it', () => stage.upstream.requests.every(({ aborted }) => aborted))
    })
  }

  test('is closed however busy it looks, if it sends its head byte by byte', async () => {
    await using stage = await openStage({ config: impatient })
    using connection = await openConnection(stage.port)
    const sending = setInterval(() => void connection.send('X'), 20)
    await connection.send('GET /api/ HTTP/1.1\r\nHost: gateway.test\r\n')
    await connection.closed
    clearInterval(sending)
  })

  test('is cut where its answer has begun, so that it does not take a 408 for a part of it', async () => {
    const script: Script = async ({ write }) => {
      await write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234')
    }
    await using stage = await openStage({ config: impatient, script })
    using connection = await openConnection(stage.port)
    await connection.send('POST /api/ HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 10\r\n\r\n01234')
    const { status, text, body } = await connection.receive()
    assert.deepEqual([status, text, body.complete], [200, '01234', false])
  })

  test('does not lose a connection that only waits for its answer', async () => {
    let answer = () => {}
    const script: Script = async (exchange) => {
      await exchange.receive()
      answer = () => void exchange.answer(200, [], 'late')
    }
    await using stage = await openStage({ config: impatient, script })
    using patient = await openConnection(stage.port)
    await patient.send(COMPLETE)
    await until('the upstream has the request', () => stage.upstream.requests.length === 1)
    using slow = await openConnection(stage.port)
    assert.equal((await slow.receive()).status, 408)
    answer()
    assert.equal((await patient.receive()).text, 'late')
  })
})

describe('a client that takes its answer too slowly', () => {
  const piece = Buffer.alloc(1 << 20)
  const flood: Script = async ({ write, closed }) => {
    let gone = false
    void closed.then(() => {
      gone = true
    })
    await write('HTTP/1.1 200 OK\r\n\r\n')
    while (!gone) await write(piece)
  }

  test('is cut after write_timeout, and its upstream is let go', async () => {
    await using stage = await openStage({ config: { http_server_options: { write_timeout: 0.3 } }, script: flood })
    using connection = await openConnection(stage.port)
    await connection.send(COMPLETE)
    await connection.receiveHead() // and reads no further than its buffers
    await stage.gateway.log.waitFor('the client took nothing of it for http_server_options.write_timeout')
    await until('the upstream is let go', () => stage.upstream.requests[0]?.aborted)
  })

  test('is cut where the answer is one large piece, too', async () => {
    const plugin = `import type { Plugin } from 'postern/plugin'
export const Large: Plugin = () => new Response(new Uint8Array(64 * 1024 * 1024))
`
    await using stage = await openStage({
      config: { http_server_options: { write_timeout: 0.3 } },
      plugin,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Large', path: 'plugin.js' }] } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(COMPLETE)
    await connection.receiveHead()
    await stage.gateway.log.waitFor('the client took nothing of it for http_server_options.write_timeout')
  })

  test('is not cut while it takes some now and then, or has nothing to take', async () => {
    const pieces = 48
    const script: Script = async ({ receive, write }) => {
      await receive()
      await write(`HTTP/1.1 200 OK\r\nContent-Length: ${pieces * piece.length}\r\n\r\n`)
      for (let i = 0; i < pieces; i += 1) await write(piece)
    }
    await using stage = await openStage({ config: { http_server_options: { write_timeout: 1 } }, script })
    using connection = await openConnection(stage.port)
    await connection.send(COMPLETE)
    await connection.receiveHead()
    const began = performance.now()
    for (let left = pieces * piece.length, sincePause = 0; left > 0; ) {
      const size = (await connection.reader.some(left))?.length ?? assert.fail(`cut with ${left} bytes left`)
      left -= size
      sincePause += size
      if (sincePause < piece.length) continue
      sincePause = 0
      await delay(50)
    }
    assert.ok(performance.now() - began > 1500, 'it took longer than write_timeout')
    await delay(1500)
    await connection.send(COMPLETE)
    assert.equal((await connection.receive({ keep: false })).status, 200)
  })
})

describe('what is no HTTP behind a request', () => {
  test('is not answered before the request is, nor in the middle of its answer', async () => {
    let answer = () => {}
    const script: Script = async (exchange) => {
      await exchange.receive()
      answer = () => void exchange.answer(200, [], 'the answer')
    }
    await using stage = await openStage({ script })
    using connection = await openConnection(stage.port)
    await connection.send(`${COMPLETE.toString()}garbage\r\n\r\n`)
    await until('the gateway has read both', () => stage.gateway.log.lines.some((line) => line.includes('Read a request failed')))
    await until('the upstream has the request', () => stage.upstream.requests.length === 1)
    answer()
    const { status, text } = await connection.receive()
    assert.deepEqual([status, text], [200, 'the answer'])
    await assert.rejects(connection.receive(), /closed the connection/)
  })

  test('does not keep the connection open for long, if the client does not close it', async () => {
    await using stage = await openStage()
    using connection = await openConnection(stage.port)
    await connection.send('garbage\r\n\r\n')
    assert.equal((await connection.receive()).status, 400)
    await connection.closed
  })
})
