import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const neverAnswer: Script = ({ closed }) => closed

const streamForEver: Script = async ({ write, request }) => {
  await write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  while (!request.aborted) await write(formatChunk('x'.repeat(1024)))
}

const upstreamSeesAbort = ({ upstream }: Stage) => until('the abort to reach the upstream', () => upstream.requests[0]?.aborted)

describe('a client that goes away takes the request at the upstream with it', () => {
  test('before the response', async () => {
    await using stage = await openStage({ script: neverAnswer })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await until('the request', () => stage.upstream.requests[0])
    connection.abort()
    await upstreamSeesAbort(stage)
  })

  test('in the middle of the response', async () => {
    await using stage = await openStage({ script: streamForEver })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await connection.receiveHead()
    await connection.reader.some()
    connection.abort()
    await upstreamSeesAbort(stage)
  })

  for (const [framing, lines, part] of [
    ['of a known length', ['Content-Length: 1000'], 'only a part'],
    ['in chunks', ['Transfer-Encoding: chunked'], 'b\r\nonly a part\r\n'],
  ] as const) {
    test(`in the middle of an upload ${framing}`, async () => {
      await using stage = await openStage()
      using connection = await openConnection(stage.port)
      await connection.send(formatRequest('POST /api/', lines, part))
      const request = await until('the part to arrive', () => stage.upstream.requests.find(({ body }) => body.length > 0))
      connection.abort()
      await upstreamSeesAbort(stage)
      assert.equal(request.body.complete, false, 'what was cut short does not look whole')
    })
  }

  test('while a plugin waits for the response', async () => {
    await using stage = await openStage({
      script: neverAnswer,
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Wait: Plugin = async (c, next) => {
          c.req.raw.signal.addEventListener('abort', () => c.var.log.info('told by the signal'))
          await next()
        }
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Wait', path: 'plugin.js' }] } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await until('the request', () => stage.upstream.requests[0])
    connection.abort()
    await upstreamSeesAbort(stage)
    await stage.gateway.log.waitFor('told by the signal')
  })

  test('and the gateway serves on', async () => {
    await using stage = await openStage({ script: neverAnswer })
    for (let i = 0; i < 20; i++) {
      using connection = await openConnection(stage.port)
      await connection.send(formatRequest('GET /api/'))
      await until('the request', () => stage.upstream.requests[i])
      connection.abort()
    }
    stage.upstream.script = ({ answer }) => answer(200, [], 'still here')
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).text, 'still here')
  })

  test('while a plugin reads its upload, before the upstream is asked', async () => {
    await using stage = await openStage({
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Read: Plugin = async (c) => {
          c.var.log.info('reading')
          await c.req.text()
        }
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Read', path: 'plugin.js' }] } },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Content-Length: 1000'], 'only a part'))
    await stage.gateway.log.waitFor('reading')
    connection.abort()
    assert.equal((await exchange(stage.port, formatRequest('POST /api/', [], 'whole'))).status, 200)
    assert.equal(stage.upstream.requests.length, 1)
  })
})

test('a plugin that puts a response of its own in place lets go of the one of the upstream', async () => {
  await using stage = await openStage({
    script: streamForEver,
    plugin: `
      import type { Plugin } from 'postern/plugin'
      export const Replace: Plugin = async (c, next) => {
        await next()
        return c.text('instead')
      }
    `,
    definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Replace', path: 'plugin.js' }] } },
  })
  assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).text, 'instead')
  await upstreamSeesAbort(stage)
})

test('a client that goes away ends the stream that a plugin answers with', async () => {
  await using stage = await openStage({
    plugin: `
      import { log, type Plugin } from 'postern/plugin'
      export const Stream: Plugin = () => {
        const body = new ReadableStream({
          pull: (to) => to.enqueue(new Uint8Array(1024)),
          cancel: () => log.get().info('told by cancel()'),
        })
        return new Response(body)
      }
    `,
    definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Stream', path: 'plugin.js' }] } },
  })
  using connection = await openConnection(stage.port)
  await connection.send(formatRequest('GET /api/'))
  await connection.receiveHead()
  await connection.reader.some()
  connection.abort()
  await stage.gateway.log.waitFor('told by cancel()')
})
