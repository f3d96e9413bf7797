import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import type { PluginEnv } from 'postern/plugin'
import { gateway, skip } from 'postern/test'
import * as plugin from './plugin.ts'

test('adds Foo: Bar as a middleware of Hono', async () => {
  const app = new Hono<PluginEnv>()
    // As in the gateway: a plugin that does not answer lets the request go on.
    .use(async (c, next) => (await plugin.AddFooBarHeader(c, next)) ?? (await next()))
    .get('/get', (c) => c.json(c.req.header()))

  const response = await app.request('/get')

  assert.deepEqual(await response.json(), { foo: 'Bar' })
})

test('the upstream receives Foo: Bar', { skip }, async () => {
  await using gw = await gateway({
    definition: { custom_middleware: { pre: [{ name: 'AddFooBarHeader' }] } },
    plugins: { 'plugin.js': plugin },
  })

  const response = await gw.fetch('/get')

  assert.equal(response.status, 200)
  assert.equal(gw.requests[0]?.headers.get('foo'), 'Bar')
})
