import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import type { DefinitionFields } from '../harness/definition.ts'
import { definition } from '../harness/definition.ts'
import { refuse, say } from '../harness/fleet.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import type { Script } from '../harness/raw-upstream.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const breaker = { path: '/x', method: 'GET', threshold_percent: 0.5, samples: 2, return_to_service_after: 600 }

const withBreaker = (rule: object = {}, fields: DefinitionFields = {}): DefinitionFields => ({
  ...fields,
  version_data: {
    not_versioned: true,
    versions: {
      Default: {
        name: 'Default',
        use_extended_paths: true,
        extended_paths: { circuit_breakers: [{ ...breaker, ...rule }] },
      },
    },
  },
})

const open = (options: StageOptions = {}, rule: object = {}) =>
  openStage({ script: refuse(500), ...options, definition: withBreaker(rule, options.definition) })

const get = formatRequest('GET /api/x')

async function statuses(stage: Stage, count: number): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < count; i += 1) found.push((await exchange(stage.port, get)).status)
  return found
}

const logged = (stage: Stage, text: string) => stage.gateway.log.lines.filter((line) => line.includes(text)).length

describe('a circuit breaker opens', () => {
  test('once as many of the last requests have failed as its rule says', async () => {
    await using stage = await open()
    assert.deepEqual(await statuses(stage, 4), [500, 500, 503, 503])
    assert.equal(stage.upstream.requests.length, 2)
    const line = await stage.gateway.log.waitFor('"event":"BreakerTripped"')
    assert.match(line, /"path":"\/x","method":"GET","failures":2,"requests":2/)
  })

  test('not before it has seen that many requests', async () => {
    await using stage = await open({}, { samples: 5, threshold_percent: 0.2 })
    assert.deepEqual(await statuses(stage, 6), [500, 500, 500, 500, 500, 503])
  })

  test('not for failures that are long ago', async () => {
    const turns = [500, 200, 200, 500, 200, 200, 500]
    const script: Script = ({ answer }) => answer(turns.shift() ?? 200)
    await using stage = await open({ script }, { samples: 3, threshold_percent: 0.6 })
    assert.deepEqual(await statuses(stage, 7), [500, 200, 200, 500, 200, 200, 500])
    assert.equal(logged(stage, 'BreakerTripped'), 0)
  })

  test('for connections that are refused, reset, or hang', async () => {
    const target_url = `http://127.0.0.1:${await closedPort()}/`
    await using refused = await open({ definition: { proxy: { target_url } } })
    assert.deepEqual(await statuses(refused, 3), [500, 500, 503])
    await using reset = await open({ script: ({ close }) => close('reset') })
    assert.deepEqual(await statuses(reset, 3), [500, 500, 503])
    await using hanging = await open({ script: ({ closed }) => closed, config: { proxy_default_timeout: 0.2 } })
    assert.deepEqual(await statuses(hanging, 3), [504, 504, 503])
  })

  test('for WebSockets that are not accepted, and keeps them away', async () => {
    await using stage = await open()
    const handshake = formatRequest('GET /api/x', ['Connection: Upgrade', 'Upgrade: websocket'])
    const found: number[] = []
    for (let i = 0; i < 3; i += 1) found.push((await exchange(stage.port, handshake)).status)
    assert.deepEqual(found, [500, 500, 503])
  })

  test('not for a client that leaves', async () => {
    await using stage = await open({ script: ({ closed }) => closed })
    for (let i = 1; i <= 3; i += 1) {
      const client = await openConnection(stage.port)
      await client.send(get)
      await until('the request', () => stage.upstream.requests.length === i)
      client[Symbol.dispose]()
      await until('the upstream to see it', () => stage.upstream.requests[i - 1]?.aborted)
    }
    stage.upstream.script = say('ok')
    assert.deepEqual(await statuses(stage, 1), [200])
  })

  test('for a request that was retried in vain, once', async () => {
    await using stage = await open({ definition: { proxy: { retries: { attempts: 3, on: [500], backoff_ms: 0 } } } })
    assert.deepEqual(await statuses(stage, 3), [500, 500, 503])
    assert.equal(stage.upstream.requests.length, 8)
  })
})

describe('a circuit breaker that is open', () => {
  const brief = { return_to_service_after: 0.05 }

  test('lets one request through once its time is over, and closes if that is well', async () => {
    await using stage = await open({}, brief)
    await statuses(stage, 2)
    stage.upstream.script = say('ok')
    await until('it to close', async () => (await statuses(stage, 1))[0] === 200)
    await stage.gateway.log.waitFor('"event":"BreakerReset"')
    stage.upstream.script = refuse(500)
    assert.deepEqual(await statuses(stage, 3), [500, 500, 503], 'it has forgotten what was before')
  })

  test('stays open if that fails', async () => {
    await using stage = await open({}, brief)
    await statuses(stage, 2)
    await until('a second trial', async () => {
      await statuses(stage, 1)
      return stage.upstream.requests.length === 4
    })
    assert.equal(logged(stage, 'BreakerTripped'), 1)
    assert.equal(logged(stage, 'BreakerReset'), 0)
  })

  test('lets no other through while one is tried, and a client that leaves decides nothing', async () => {
    await using stage = await open({}, brief)
    await statuses(stage, 2)
    stage.upstream.script = ({ closed }) => closed
    const clients = new DisposableStack()
    await until('the trial', async () => {
      if (stage.upstream.requests.length === 3) return true
      await clients.use(await openConnection(stage.port)).send(get)
      return false
    })
    assert.deepEqual(await statuses(stage, 3), [503, 503, 503])
    stage.upstream.script = say('ok')
    clients.dispose()
    await until('the next trial', async () => (await statuses(stage, 1))[0] === 200)
  })

  test('lets all through where its rule has no half-open state', async () => {
    await using stage = await open({}, { ...brief, disable_half_open_state: true })
    await statuses(stage, 2)
    await until('it to close', async () => (await statuses(stage, 1))[0] === 500)
    assert.equal((await statuses(stage, 1))[0], 500, 'the next one is let through although that has failed')
    assert.equal((await statuses(stage, 1))[0], 503)
  })

  test('is still open after a reload that leaves its rule alone, and not after one that changes it', async () => {
    await using stage = await open()
    await statuses(stage, 2)
    const write = async (rule: object) => {
      await stage.gateway.folder.writeDefinition('api.json', definition(stage.upstream.url, withBreaker(rule, { name: 'New' })))
      await stage.gateway.reload()
    }
    await write({})
    assert.deepEqual(await statuses(stage, 1), [503])
    await write({ samples: 3 })
    assert.deepEqual(await statuses(stage, 1), [500])
  })

  test('is told apart by plugins that wait, and by the access log', async () => {
    await using stage = await open({
      plugin: `
        import type { Plugin } from 'postern/plugin'
        export const Around: Plugin = async (c, next) => {
          await next()
          c.res.headers.set('X-Seen', String(c.res.status))
        }
      `,
      definition: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Around', path: 'plugin.js' }] } },
      config: { access_logs: { enabled: true } },
    })
    await statuses(stage, 2)
    const { head } = await exchange(stage.port, get)
    assert.ok(head.lines.includes('X-Seen: 503'))
    await stage.gateway.log.waitFor('"response_code_details":"circuit_open"')
  })
})
