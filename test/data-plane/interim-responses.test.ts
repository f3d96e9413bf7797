import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatRequest, headerValue, statusOf } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

const expecting = (path: string) => formatRequest(`POST ${path}`, ['Expect: 100-continue', 'Content-Length: 7'])

describe('Expect: 100-continue', () => {
  test('is answered by the gateway, and not passed on', async () => {
    await using stage = await openStage()
    using connection = await openConnection(stage.port)
    await connection.send(expecting('/api/'))
    assert.equal(statusOf(await connection.receiveHead()), 100)
    await connection.send('content')
    assert.equal((await connection.receive()).status, 200)
    const [request] = stage.upstream.requests
    assert.equal(request?.body.parts.join(''), 'content')
    assert.equal(headerValue(request?.head.lines ?? [], 'expect'), undefined)
  })

  test('is not answered by a continue where a plugin refuses the request', async () => {
    await using stage = await openStage({
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Refuse: Plugin = (c) => c.text('no', 403)
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Refuse', path: 'plugin.js' }] } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(expecting('/api/'))
    const { status, interim, head } = await connection.receive()
    assert.equal(status, 403)
    assert.deepEqual(interim, [])
    assert.equal(headerValue(head.lines, 'connection'), 'close', 'what the client would send now is no request')
    assert.equal(stage.upstream.requests.length, 0)
  })

  test('is answered where a plugin reads the body', async () => {
    await using stage = await openStage({
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Read: Plugin = async (c) => c.text(await c.req.text())
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Read', path: 'plugin.js' }] } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(expecting('/api/'))
    assert.equal(statusOf(await connection.receiveHead()), 100)
    await connection.send('content')
    assert.equal((await connection.receive()).text, 'content')
  })
})

describe('other interim responses', () => {
  test('are relayed before the final one', async () => {
    await using stage = await openStage({
      script: async ({ write, answer }) => {
        await write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n')
        await answer(200, [], 'final')
      },
    })
    const { status, interim, text } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.equal(status, 200)
    assert.equal(text, 'final')
    assert.deepEqual(interim.map(statusOf), [103])
    assert.deepEqual(interim[0]?.lines, ['Link: </a.css>; rel=preload', 'Link: </b.js>; rel=preload'])
  })

  test('are relayed at once, while the final one is not there yet', async () => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    await using stage = await openStage({
      script: async ({ write, answer }) => {
        await write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n')
        await finished
        await answer(200)
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    assert.equal(statusOf(await connection.receiveHead()), 103)
    finish()
    assert.equal((await connection.receive()).status, 200)
  })
})
