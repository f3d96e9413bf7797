import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Wait: Plugin = async (_, next) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  await next()
}
export const Refuse: Plugin = (c) => c.text('no', 403)
`

/** A StatsD that keeps what it is sent. */
async function startStatsd() {
  const lines: string[] = []
  const socket = createSocket('udp4', (datagram) => void lines.push(...datagram.toString().split('\n')))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { lines, port: socket.address().port, [Symbol.asyncDispose]: async () => void socket.close() }
}

const middleware = (name: string) => ({
  custom_middleware: { driver: 'jsplugin', pre: [{ name, path: './plugin.js' }] },
})

const get = 'GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n'

describe('StatsD', () => {
  test('is told how often a plugin was called, and how long each call took, in nanoseconds, without its next()', async () => {
    await using statsd = await startStatsd()
    await using stage = await openStage({
      plugin,
      definition: middleware('Wait'),
      script: async (call) => {
        await new Promise((resolve) => setTimeout(resolve, 400))
        await call.answer(200, [], 'ok')
      },
      config: { instrumentation: true, statsd_connection_string: `127.0.0.1:${statsd.port}`, statsd_prefix: 'edge' },
    })
    await Promise.all([exchange(stage.port, get), exchange(stage.port, get)])
    const name = 'edge.JSPluginMiddleware$.$plugin.js$Wait'
    const times = await until('two times', () => {
      const found = statsd.lines.filter((line) => line.startsWith(`${name}.exec_time:`))
      return found.length === 2 ? found : null
    })
    const counted = statsd.lines.flatMap((line) => (line.startsWith(`${name}:`) ? [/:(\d+)\|c$/.exec(line)?.[1]] : []))
    assert.equal(
      counted.map(Number).reduce((sum, count) => sum + count, 0),
      2,
    )
    for (const line of times) {
      const nanoseconds = Number(/:(\d+)\|ms$/.exec(line)?.[1])
      assert.ok(nanoseconds >= 18e6 && nanoseconds < 400e6, line)
    }
  })

  test('is told of what was not sent yet when the gateway ends', async () => {
    await using statsd = await startStatsd()
    const stage = await openStage({
      plugin,
      definition: middleware('Refuse'),
      config: { instrumentation: true, statsd_connection_string: `localhost:${statsd.port}` },
    })
    assert.equal((await exchange(stage.port, get)).status, 403)
    await stage[Symbol.asyncDispose]()
    await until('the count', () => statsd.lines.includes('JSPluginMiddleware$.$plugin.js$Refuse:1|c'))
  })

  test('may be dead, or have a name that nobody knows: the gateway serves on, and says so once', async () => {
    for (const address of ['127.0.0.1:9', 'nobody.invalid:8125']) {
      await using stage = await openStage({
        plugin,
        definition: middleware('Refuse'),
        config: { instrumentation: true, statsd_connection_string: address },
      })
      const lines = () => stage.gateway.log.lines.filter((line) => line.includes('Send to StatsD'))
      for (let i = 0; i < 20; i += 1) assert.equal((await exchange(stage.port, get)).status, 403)
      if (address.startsWith('nobody')) await stage.gateway.log.waitFor('Send to StatsD at \\"nobody.invalid:8125\\" failed')
      // Rounds with something to send, and without.
      for (let i = 0; i < 5; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 150))
        assert.equal((await exchange(stage.port, get)).status, 403)
      }
      assert.equal(lines().length, address.startsWith('nobody') ? 1 : 0, lines().join('\n'))
    }
  })

  test('is used with --log-instrumentation', async () => {
    await using statsd = await startStatsd()
    await using upstream = await startUpstream()
    await using gateway = await startGatewayProcess(
      {
        definitions: { 'api.json': definition(upstream.url, middleware('Refuse')) },
        artifacts: { 'plugin.js': await compiledText(plugin) },
        config: { statsd_connection_string: `127.0.0.1:${statsd.port}` },
      },
      { supervised: true, args: ['--log-instrumentation'] },
    )
    assert.equal((await exchange(gateway.port, get)).status, 403)
    await until('the count', () => statsd.lines.includes('JSPluginMiddleware$.$plugin.js$Refuse:1|c'))
  })

  test('is not used without an address, which is said, or without being asked for', async () => {
    await using stage = await openStage({ plugin, definition: middleware('Refuse'), config: { instrumentation: true } })
    assert.equal((await exchange(stage.port, get)).status, 403)
    await stage.gateway.log.waitFor('statsd_connection_string is empty')
    await using statsd = await startStatsd()
    const quiet = await openStage({
      plugin,
      definition: middleware('Refuse'),
      config: { statsd_connection_string: `127.0.0.1:${statsd.port}` },
    })
    await exchange(quiet.port, get)
    await quiet[Symbol.asyncDispose]()
    assert.deepEqual(statsd.lines, [])
  })
})
