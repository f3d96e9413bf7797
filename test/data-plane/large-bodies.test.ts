import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayProcess, startGatewayProcess } from '../harness/gateway-process.ts'
import { formatChunk, formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'

const GIGABYTE = 2 ** 30
const MAY_GROW = 64 * 2 ** 20
const block = Buffer.alloc(2 ** 20, 'x')
const blocks = GIGABYTE / block.length

const plugin = `
  import type { Plugin } from 'postern/plugin'
  export const TouchHeaders: Plugin = async (c, next) => {
    c.req.raw.headers.set('X-Touched', '1')
    await next()
    c.res.headers.set('X-Touched', '1')
  }
`
const custom_middleware = { driver: 'jsplugin', pre: [{ name: 'TouchHeaders', path: 'plugin.js' }] }

interface World extends AsyncDisposable {
  readonly upstream: RawUpstream
  readonly gateway: GatewayProcess
}

async function open(): Promise<World> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const gateway = resources.use(
    await startGatewayProcess({
      definitions: {
        'plain.json': definition(upstream.url, { api_id: 'plain', proxy: { listen_path: '/plain/' } }),
        'plugin.json': definition(upstream.url, { api_id: 'plugin', proxy: { listen_path: '/plugin/' }, custom_middleware }),
      },
      artifacts: { 'plugin.js': await compiledText(plugin) },
    }),
  )
  for (const path of ['/plain/', '/plugin/']) await exchange(gateway.port, formatRequest(`POST ${path}`, [], block))
  const opened = resources.move()
  return { upstream, gateway, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const skip = existsSync('/proc/self/status') ? false : 'memory is measured in /proc, which this system has not'

describe('a body of 1 GB passes through a gateway that grows by less than 64 MB', { skip }, () => {
  for (const [path, framing] of [
    ['/plain/', `Content-Length: ${GIGABYTE}`],
    ['/plugin/', 'Transfer-Encoding: chunked'],
  ] as const) {
    const chunked = framing.startsWith('Transfer')
    const piece = chunked ? formatChunk(block) : block

    test(`up, to ${path} with ${framing}`, async () => {
      await using world = await open()
      const { upstream, gateway } = world
      upstream.script = async ({ receive, answer }) => {
        await receive({ keep: false })
        await answer(200)
      }
      const before = await gateway.memory()
      using connection = await openConnection(gateway.port)
      await connection.send(formatRequest(`POST ${path}`, [framing]))
      for (let i = 0; i < blocks; i++) await connection.send(piece)
      if (chunked) await connection.send(formatChunk(''))
      assert.equal((await connection.receive()).status, 200)
      assert.equal(upstream.requests.at(-1)?.body.length, GIGABYTE)
      assertGrewLittle(before, await gateway.memory())
    })

    test(`down, from ${path} with ${framing}`, async () => {
      await using world = await open()
      const { upstream, gateway } = world
      upstream.script = async ({ write }) => {
        await write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`)
        for (let i = 0; i < blocks; i++) await write(piece)
        if (chunked) await write(formatChunk(''))
      }
      const before = await gateway.memory()
      using connection = await openConnection(gateway.port)
      await connection.send(formatRequest(`GET ${path}`))
      const { body } = await connection.receive({ keep: false })
      assert.equal(body.length, GIGABYTE)
      assert.equal(body.complete, true)
      assertGrewLittle(before, await gateway.memory())
    })
  }
})

function assertGrewLittle(before: { now: number }, after: { peak: number }): void {
  const megabytes = ((after.peak - before.now) / 2 ** 20).toFixed(1)
  console.log(megabytes)
  assert.ok(after.peak - before.now < MAY_GROW, `the gateway grew by ${megabytes} MB`)
}
