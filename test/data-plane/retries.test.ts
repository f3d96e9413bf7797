import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { openFleet, refuse, say } from '../harness/fleet.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

/** Does one thing the first times, and another from then on. */
function first(times: number, then: Script, later: Script = say('ok')): Script {
  let seen = 0
  return (exchange) => (seen++ < times ? then(exchange) : later(exchange))
}

const retrying = (retries: object) => ({ proxy: { retries: { backoff_ms: 1, ...retries } } })

const closeAtOnce: Script = ({ close }) => close('reset')
const hang: Script = ({ closed }) => closed

describe('a request is sent again', () => {
  const cases: Record<string, { act: Script; retries?: object; method?: string; config?: object }> = {
    'after a reset': { act: closeAtOnce },
    'after a 503': { act: refuse(503) },
    'after a 502, whatever its length': {
      act: async ({ receive, write }) => {
        await receive()
        await write('HTTP/1.1 502 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n')
      },
    },
    'after a status that the definition names': { act: refuse(429), retries: { on: [429] } },
    'after a timeout, if the definition says so': {
      act: hang,
      retries: { on: ['timeout'] },
      config: { proxy_default_timeout: 0.2 },
    },
    'with PUT': { act: refuse(503), method: 'PUT' },
    'with DELETE': { act: closeAtOnce, method: 'DELETE' },
  }
  for (const [what, { act, retries = {}, method = 'GET', config = {} }] of Object.entries(cases)) {
    test(what, async () => {
      await using stage = await openStage({ script: first(1, act), definition: retrying(retries), config: { ...config } })
      const { status, text } = await exchange(stage.port, formatRequest(`${method} /api/p?q`))
      assert.equal(status, 200)
      assert.equal(text, 'ok')
      assert.deepEqual(
        stage.upstream.requests.map((request) => `${request.method} ${request.target}`),
        [`${method} /p?q`, `${method} /p?q`],
      )
      await stage.gateway.log.waitFor('A request is sent again')
    })
  }

  test('as often as the definition says, and then its last answer is passed on', async () => {
    await using stage = await openStage({ script: refuse(503), definition: retrying({ attempts: 3 }) })
    const { status, text } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.equal(status, 503)
    assert.equal(text, 'status 503')
    assert.equal(stage.upstream.requests.length, 4)
  })

  test('with a body that a plugin has read', async () => {
    await using stage = await openStage({
      script: first(1, refuse(503), async ({ receive, answer }) => answer(200, [], await receive())),
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Read: Plugin = async (c) => { await c.req.text() }
      `,
      definition: {
        ...retrying({}),
        custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Read', path: 'plugin.js' }] },
      },
    })
    const { text } = await exchange(stage.port, formatRequest('PUT /api/', [], 'kept'))
    assert.equal(text, 'kept')
  })

  test('and plugins that wait see but the last answer', async () => {
    await using stage = await openStage({
      script: first(1, refuse(503)),
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Around: Plugin = async (c, next) => {
          await next()
          c.res.headers.set('X-Seen', String(c.res.status))
        }
      `,
      definition: {
        ...retrying({}),
        custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Around', path: 'plugin.js' }] },
      },
    })
    const { head } = await exchange(stage.port, formatRequest('GET /api/'))
    assert.ok(head.lines.includes('X-Seen: 200'), head.lines.join('\n'))
  })
})

describe('a request is not sent again', () => {
  const interim: Script = async ({ write, close }) => {
    await write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
    close('end')
  }
  const cases: Record<string, { act: Script; retries?: object; request?: Buffer; status: number; config?: object }> = {
    'with POST': { act: refuse(503), request: formatRequest('POST /api/'), status: 503 },
    'with PATCH': { act: closeAtOnce, request: formatRequest('PATCH /api/'), status: 500 },
    'with a body that has gone by': { act: refuse(503), request: formatRequest('PUT /api/', [], 'content'), status: 503 },
    'after a status that the definition does not name': { act: refuse(500), status: 500 },
    'after a timeout, unless the definition says so': { act: hang, status: 504, config: { proxy_default_timeout: 0.2 } },
    'where there are no attempts': { act: refuse(503), retries: { attempts: 0 }, status: 503 },
    'where nothing is named': { act: refuse(503), retries: { on: [] }, status: 503 },
    'once the client has got an interim response': { act: interim, status: 500 },
  }
  for (const [what, { act, retries = {}, request = formatRequest('GET /api/'), status, config = {} }] of Object.entries(cases)) {
    test(what, async () => {
      await using stage = await openStage({ script: first(1, act), definition: retrying(retries), config: { ...config } })
      assert.equal((await exchange(stage.port, request)).status, status)
      assert.equal(stage.upstream.requests.length, 1)
    })
  }

  test('where the definition has no retries', async () => {
    await using stage = await openStage({ script: first(1, refuse(503)) })
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).status, 503)
  })

  test('when its client has left', async () => {
    await using stage = await openStage({ script: closeAtOnce, definition: retrying({ attempts: 10, backoff_ms: 60_000 }) })
    const client = await openConnection(stage.port)
    await client.send(formatRequest('GET /api/'))
    await stage.gateway.log.waitFor('A request is sent again')
    client[Symbol.dispose]()
    stage.upstream.script = say('late')
    assert.equal((await exchange(stage.port, formatRequest('GET /api/'))).text, 'late')
    assert.equal(stage.upstream.requests.length, 2)
  })
})

describe('among several targets', () => {
  test('the next one is asked, at once', async () => {
    await using fleet = await openFleet({
      upstreams: { a: refuse(503), b: closeAtOnce, c: null },
      definition: (urls) => ({
        proxy: {
          enable_load_balancing: true,
          target_list: Object.values(urls),
          retries: { attempts: 2, backoff_ms: 60_000 },
        },
      }),
    })
    assert.equal((await fleet.ask()).text, 'c')
    const { a, b, c } = fleet.upstreams
    assert.deepEqual(
      [a, b, c].map(({ requests }) => requests.length),
      [1, 1, 1],
    )
  })

  test('a connection that does not open is no reason to lose a POST', async () => {
    const closed = `http://127.0.0.1:${await closedPort()}`
    await using fleet = await openFleet({
      upstreams: { a: null },
      definition: ({ a }) => ({
        proxy: { enable_load_balancing: true, target_list: [closed, a], retries: { on: ['connect'] } },
      }),
    })
    assert.equal((await fleet.ask('POST /api/')).text, 'a')
  })

  test('one that is left out meanwhile is not asked, and its answer is passed on where there is no other', async () => {
    await using fleet = await openFleet({
      upstreams: { a: refuse(503) },
      definition: ({ a }) => ({
        proxy: {
          enable_load_balancing: true,
          target_list: [a],
          load_balancing: { ejection: { failures: 1, cooldown_ms: 600_000 } },
          retries: { attempts: 3 },
        },
      }),
    })
    const { status, text } = await fleet.ask()
    assert.equal(`${status} ${text}`, '503 status 503')
    assert.equal(fleet.upstreams.a.requests.length, 1)
  })

  test('each is told of its own: the one that answers in the end stays', async () => {
    await using fleet = await openFleet({
      upstreams: { a: refuse(503), b: null },
      definition: (urls) => ({
        proxy: {
          enable_load_balancing: true,
          target_list: Object.values(urls),
          load_balancing: { ejection: { failures: 2, cooldown_ms: 600_000 } },
          retries: {},
        },
      }),
    })
    assert.deepEqual(await fleet.askTimes(6), ['b', 'b', 'b', 'b', 'b', 'b'])
    await until('the other to be left out', () => fleet.upstreams.a.requests.length === 2)
  })
})
