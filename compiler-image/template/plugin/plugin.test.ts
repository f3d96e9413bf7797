import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import type { PluginEnv } from 'postern/plugin'
import { AddFooBarHeader } from './plugin.ts'

test('the upstream receives Foo: Bar', async () => {
  const gateway = new Hono<PluginEnv>()
    // As in the gateway: a plugin that does not answer lets the request go on.
    .use(async (c, next) => (await AddFooBarHeader(c, next)) ?? (await next()))
    .get('/get', (c) => c.json(c.req.header()))

  const response = await gateway.request('/get')

  assert.deepEqual(await response.json(), { foo: 'Bar' })
})
