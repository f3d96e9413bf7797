import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Agent } from 'undici'
import { openStage, type Stage } from '../harness/stage.ts'

const plugin = `
import { ctx, type Plugin } from 'postern/plugin'

export const Authenticate: Plugin = (c) => {
  const limits = c.req.header('Authorization') === 'quota' ? { quota_max: 500, quota_renewal_rate: 3600 } : { rate: 100, per: 3600 }
  ctx.setSession(c, limits, c.req.header('Authorization'))
}
`

const authenticated = {
  use_keyless: false,
  custom_plugin_auth_enabled: true,
  custom_middleware: { driver: 'jsplugin', auth_check: { name: 'Authenticate', path: 'plugin.js' } },
}

const CONNECTIONS = 64

test('a quota of 500 lets exactly 500 requests in over 64 connections', async () => {
  await using stage = await openStage({ plugin, definition: authenticated })
  assert.deepEqual(await statuses(stage, 'quota', 1200), { 200: 500, 403: 700 })
  assert.equal(stage.upstream.requests.length, 500)
})

for (const algorithm of ['sliding-window', 'token-bucket', 'fixed-window']) {
  test(`a rate of 100 lets exactly 100 requests in over 64 connections, counted as ${algorithm}`, async () => {
    await using stage = await openStage({ plugin, definition: authenticated, config: { rate_limit_algorithm: algorithm } })
    assert.deepEqual(await statuses(stage, 'rate', 600), { 200: 100, 429: 500 })
    assert.equal(stage.upstream.requests.length, 100)
  })
}

test('the rate of an API is one for all of its clients', async () => {
  await using stage = await openStage({ definition: { global_rate_limit: { rate: 100, per: 3600 } } })
  assert.deepEqual(await statuses(stage, 'anyone', 600), { 200: 100, 429: 500 })
})

/** How often each status was answered. */
async function statuses({ port }: Stage, key: string, requests: number): Promise<Record<number, number>> {
  const agent = new Agent({ connections: CONNECTIONS })
  const counts: Record<number, number> = {}
  const one = async () => {
    const headers = { authorization: key }
    const { statusCode, body } = await agent.request({
      origin: `http://127.0.0.1:${port}`,
      path: '/api/',
      method: 'GET',
      headers,
    })
    await body.dump()
    counts[statusCode] = (counts[statusCode] ?? 0) + 1
  }
  await Promise.all(Array.from({ length: requests }, one))
  await agent.close()
  return counts
}
