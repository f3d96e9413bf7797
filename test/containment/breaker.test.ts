import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const plugin = `
import { setTimeout as delay } from 'node:timers/promises'
import type { Plugin } from 'postern/plugin'

export const Obey: Plugin = async (c) => {
  const order = c.req.header('Order')
  if (order === 'throw') throw new Error('as ordered')
  if (order === 'hang') await delay(60_000, undefined, { signal: c.req.raw.signal })
  if (order === 'read') await c.req.text()
  return c.text('from the plugin')
}
`

const api = (use: object) => ({
  custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Obey', path: 'plugin.js', timeout_ms: 200, ...use }] },
})

function order(stage: Stage, what = '', body = ''): Promise<RawResponse> {
  const framing = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return exchange(stage.port, `POST /api/ HTTP/1.1\r\nHost: x\r\nOrder: ${what}\r\n${framing}\r\n${body}`)
}

async function admin(stage: Stage, request: string) {
  const { status, text } = await exchange(
    stage.port,
    `${request} HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\n\r\n`,
  )
  return { status, answer: JSON.parse(text) }
}

async function useOf(stage: Stage) {
  const { answer } = await admin(stage, 'GET /tyk/plugins')
  return answer.plugins[0].used_by[0]
}

const eventsOf = (stage: Stage) =>
  stage.gateway.log.lines.map((line) => JSON.parse(line)).filter(({ event }) => event?.startsWith('PluginBreaker'))

describe('the breaker of a plugin', () => {
  test('opens after max_errors, tries one call after cooldown_ms, and closes when it succeeds', async () => {
    await using stage = await openStage({ plugin, definition: api({ max_errors: 2, cooldown_ms: 300 }) })
    assert.equal((await order(stage, 'throw')).status, 500)
    assert.equal((await order(stage)).status, 200, 'one error is not enough')
    assert.equal((await order(stage, 'hang')).status, 500, 'a timeout is an error')

    const refused = await order(stage)
    assert.equal(refused.status, 500)
    assert.equal(JSON.parse(refused.text).error, 'Internal Server Error')
    const { breaker, ...counts } = await useOf(stage)
    assert.deepEqual([counts.calls, counts.errors, counts.timeouts], [3, 2, 1])
    assert.match(counts.last_error.message, /took longer than timeout_ms \(200\)/)
    assert.equal(breaker.state, 'open')
    assert.ok(Date.parse(breaker.retry_at) > Date.now() - 1000)

    await until('the trial', async () => (await order(stage)).status === 200)
    assert.equal((await useOf(stage)).breaker.state, 'closed')
    const events = eventsOf(stage)
    assert.deepEqual(
      events.map(({ event }) => event),
      ['PluginBreakerTripped', 'PluginBreakerHalfOpen', 'PluginBreakerReset'],
    )
    const [{ level, plugin: name, hook, api_id }] = events
    assert.deepEqual([level, name, hook, api_id], ['warn', 'Obey', 'pre', 'test-api'])
  })

  test('stays open when the trial fails', async () => {
    await using stage = await openStage({ plugin, definition: api({ max_errors: 1, cooldown_ms: 50 }) })
    await order(stage, 'throw')
    await until('a failed trial', async () => {
      await order(stage, 'throw')
      return eventsOf(stage).filter(({ event }) => event === 'PluginBreakerTripped').length === 2
    })
    assert.equal((await useOf(stage)).breaker.state, 'open')
  })

  test('goes on without a plugin that may be skipped', async () => {
    await using stage = await openStage({
      plugin,
      definition: api({ max_errors: 1, cooldown_ms: 60_000, on_error: 'skip' }),
    })
    for (const what of ['throw', '']) assert.equal((await order(stage, what)).text, 'ok', 'from the upstream')
    assert.equal((await useOf(stage)).calls, 1)
  })

  test('lets nobody in where the plugin authenticates', async () => {
    const auth_check = { name: 'Obey', path: 'plugin.js', max_errors: 1, cooldown_ms: 60_000 }
    await using stage = await openStage({
      plugin,
      definition: {
        use_keyless: false,
        custom_plugin_auth_enabled: true,
        custom_middleware: { driver: 'jsplugin', auth_check },
      },
    })
    for (const what of ['throw', '']) assert.equal((await order(stage, what)).status, 500)
    assert.equal(stage.upstream.requests.length, 0)
  })

  test('survives a reload, and is closed by the admin API', async () => {
    await using stage = await openStage({ plugin, definition: api({ max_errors: 1, cooldown_ms: 60_000 }) })
    await order(stage, 'throw')
    await stage.gateway.reload()
    assert.equal((await order(stage)).status, 500)

    const { id } = await useOf(stage)
    assert.deepEqual(await admin(stage, `POST /tyk/plugins/${id}/enable`), {
      status: 200,
      answer: { status: 'ok', message: '' },
    })
    assert.equal((await order(stage)).status, 200)
    assert.equal((await admin(stage, 'POST /tyk/plugins/unknown/enable')).status, 404)
    assert.equal((await admin(stage, `GET /tyk/plugins/${id}/enable`)).status, 405)
  })

  test('is not opened by what clients do wrong', async () => {
    await using stage = await openStage({
      plugin,
      definition: api({ max_errors: 1, cooldown_ms: 60_000 }),
      config: { max_plugin_body: 10 },
    })
    assert.equal((await order(stage, 'read', 'longer than ten bytes')).status, 413)
    assert.equal((await order(stage)).status, 200)
  })

  test('is off unless max_errors says otherwise', async () => {
    await using stage = await openStage({ plugin, definition: api({}) })
    for (let i = 0; i < 20; i += 1) await order(stage, 'throw')
    assert.equal((await order(stage)).status, 200)
  })
})
