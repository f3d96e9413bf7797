import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { openConnection, type RawConnection } from '../harness/raw-client.ts'
import { openStage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const around = {
  plugin: `
    import type { Plugin } from 'postern/plugin'
    export const Around: Plugin = async (c, next) => {
      await next()
      c.res.headers.set('X-Around', '1')
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
} satisfies StageOptions

async function readEvent({ reader }: RawConnection): Promise<string> {
  let text = ''
  while (!text.endsWith('\n\n\r\n')) text += (await reader.some())?.toString() ?? assert.fail(`the stream ended after ${text}`)
  return text
}

for (const [chain, options] of [
  ['without plugins', {}],
  ['through plugins that await next() and touch headers', around],
] as const) {
  test(`server-sent events arrive one by one ${chain}`, async () => {
    let send: (event: string) => Promise<void> = async () => {}
    await using stage = await openStage({
      ...options,
      script: async ({ write, closed }) => {
        send = (event) => write(formatChunk(`data: ${event}\n\n`))
        await write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n')
        await closed
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/events'))
    assert.match((await connection.receiveHead()).startLine, / 200 /)
    for (const event of ['one', 'two', 'three']) {
      await send(event)
      assert.match(await readEvent(connection), new RegExp(`data: ${event}\n\n`))
    }
  })
}

describe('backpressure', () => {
  const block = Buffer.alloc(1 << 16, 'x')

  /** Writes blocks until a write has not settled for a while; returns how many bytes went. */
  async function writeUntilBlocked(write: (bytes: Buffer) => Promise<void>): Promise<number> {
    for (let sent = 0; sent < 1 << 28; sent += block.length) {
      const blocked = await Promise.race([write(block).then(() => false), delay(500, true)])
      if (blocked) return sent
    }
    return Number.POSITIVE_INFINITY
  }

  test('of a slow upstream reaches the client', async () => {
    await using stage = await openStage({ script: ({ closed }) => closed })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('POST /api/', ['Transfer-Encoding: chunked']))
    const sent = await writeUntilBlocked((bytes) => connection.send(formatChunk(bytes)))
    assert.equal(stage.upstream.requests.length, 1)
    assert.ok(sent < 1 << 26, `${sent} bytes went into a gateway whose upstream does not read`)
  })

  test('of a slow client reaches the upstream', async () => {
    let sent = 0
    await using stage = await openStage({
      script: async ({ write }) => {
        await write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        sent = await writeUntilBlocked((bytes) => write(formatChunk(bytes)))
      },
    })
    using connection = await openConnection(stage.port)
    await connection.send(formatRequest('GET /api/'))
    await connection.receiveHead()
    const total = await until('the upstream to be blocked', () => sent, 20_000)
    assert.ok(total < 1 << 26, `${total} bytes went into a gateway whose client does not read`)
  })
})
