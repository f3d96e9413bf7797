import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import type { DefinitionFields } from '../harness/definition.ts'
import { openFleet } from '../harness/fleet.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const hang: Script = ({ closed }) => closed
const answerLate =
  (ms: number): Script =>
  async ({ receive, answer }) => {
    await receive()
    setTimeout(() => void answer(200, [], 'late'), ms)
  }

const withVersion = (version: object, proxy: Record<string, unknown> = {}): DefinitionFields => ({
  proxy,
  version_data: { not_versioned: true, versions: { Default: { name: 'Default', ...version } } },
})

const withRules = (...rules: object[]) => ({ use_extended_paths: true, extended_paths: { hard_timeouts: rules } })
const slowPath = { path: '/slow', method: 'GET', duration: '100ms' }

const get = formatRequest('GET /api/slow')
const body = '{\n    "error": "Upstream service reached hard timeout."\n}'

describe('an upstream that takes longer than its time', () => {
  const cases: Record<string, object> = {
    'of the path': withRules(slowPath),
    'of the path, in seconds': withRules({ path: '/slow', method: 'GET', timeout: 0.1 }),
    'of the version': { global_enforce_timeout: '100ms' },
    'of the path, where the version has more': { ...withRules(slowPath), global_enforce_timeout: '1h' },
  }
  for (const [which, version] of Object.entries(cases)) {
    test(`${which} is let go of, and the client gets 504`, async () => {
      await using stage = await openStage({ script: hang, definition: withVersion(version) })
      const { status, text } = await exchange(stage.port, get)
      assert.equal(`${status} ${text}`, `504 ${body}`)
      await until('the upstream to see it', () => stage.upstream.requests[0]?.aborted)
    })
  }

  test('is let go of however many attempts are left', async () => {
    await using fleet = await openFleet({
      upstreams: { a: hang, b: hang },
      definition: (urls) =>
        withVersion(withRules(slowPath), {
          enable_load_balancing: true,
          target_list: Object.values(urls),
          retries: { attempts: 10, on: ['timeout'] },
        }),
    })
    assert.equal((await fleet.ask('GET /api/slow')).status, 504)
    assert.equal(fleet.upstreams.a.requests.length + fleet.upstreams.b.requests.length, 1)
  })

  test('is let go of while the same one waits to be asked again', async () => {
    const port = await closedPort()
    await using stage = await openStage({
      definition: withVersion(withRules(slowPath), {
        target_url: `http://127.0.0.1:${port}`,
        retries: { attempts: 5, backoff_ms: 60_000 },
      }),
    })
    assert.equal((await exchange(stage.port, get)).status, 504)
  })

  test('is let go of for a WebSocket, too', async () => {
    await using stage = await openStage({ script: hang, definition: withVersion(withRules(slowPath)) })
    const handshake = formatRequest('GET /api/slow', ['Connection: Upgrade', 'Upgrade: websocket'])
    assert.equal((await exchange(stage.port, handshake)).status, 504)
  })

  test('is seen as such by plugins that wait', async () => {
    await using stage = await openStage({
      script: hang,
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Around: Plugin = async (c, next) => {
          await next()
          c.res = new Response('seen ' + c.res.status)
        }
      `,
      definition: {
        ...withVersion(withRules(slowPath)),
        custom_middleware: { driver: 'jsplugin', post: [{ name: 'Around', path: 'plugin.js' }] },
      },
    })
    assert.equal((await exchange(stage.port, get)).text, 'seen 504')
  })
})

describe('an upstream has its time', () => {
  const config = { proxy_default_timeout: 0.1 }

  test('of the path, where gateway.conf has less', async () => {
    await using stage = await openStage({
      script: answerLate(1500),
      definition: withVersion(withRules({ ...slowPath, duration: '20s' })),
      config,
    })
    assert.equal((await exchange(stage.port, get)).text, 'late')
  })

  test('of gateway.conf on other paths and methods, and where that of the version is off', async () => {
    const off = { global_enforce_timeout: '10ms', global_enforce_timeout_disabled: true }
    await using stage = await openStage({ script: answerLate(200), definition: withVersion({ ...withRules(slowPath), ...off }) })
    for (const request of ['GET /api/other', 'POST /api/slow']) {
      assert.equal((await exchange(stage.port, formatRequest(request))).status, 200)
    }
  })

  test('for the beginning of the answer alone', async () => {
    await using stage = await openStage({
      script: async ({ write }) => {
        await write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nat')
        setTimeout(() => void write('it'), 300)
      },
      definition: withVersion(withRules(slowPath)),
    })
    const { text, body: whole } = await exchange(stage.port, get)
    assert.equal(text, 'atit')
    assert.equal(whole.complete, true)
  })

  test('without that of a client who is slow to send', async () => {
    await using stage = await openStage({
      definition: withVersion(withRules({ ...slowPath, method: 'POST', duration: '1s' })),
    })
    using client = await openConnection(stage.port)
    await client.send(formatRequest('POST /api/slow', ['Content-Length: 4'], 'at'))
    await new Promise((resolve) => setTimeout(resolve, 1200))
    await client.send('it')
    assert.equal((await client.receive()).text, 'ok')
  })
})

test('an upstream that reads no more is let go of as well', async () => {
  await using stage = await openStage({
    script: hang,
    definition: withVersion(withRules({ ...slowPath, method: 'POST' })),
  })
  using client = await openConnection(stage.port)
  void client.send(formatRequest('POST /api/slow', [], 'x'.repeat(20_000_000)))
  assert.equal((await client.receive()).status, 504)
})
