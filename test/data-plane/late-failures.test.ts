import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const plugin = `
  import type { Plugin } from 'postern/plugin'
  export const LeaveBehind: Plugin = (c) => {
    const fail = () => {
      throw new Error('left behind: ' + c.req.query('what'))
    }
    const leave: Record<string, () => void> = {
      promise: () => void Promise.resolve().then(fail),
      timer: () => void setTimeout(fail, 1),
      immediate: () => void setImmediate(fail),
      microtask: () => queueMicrotask(fail),
      nothing: () => void Promise.reject(undefined),
    }
    leave[c.req.query('what') ?? '']?.()
  }
`

test('what a plugin leaves behind may fail: the log names the plugin, and the gateway serves on', async () => {
  await using upstream = await startUpstream()
  const custom_middleware = { driver: 'jsplugin', pre: [{ name: 'LeaveBehind', path: 'plugin.js' }] }
  await using gateway = await startGatewayProcess({
    definitions: { 'api.json': definition(upstream.url, { custom_middleware }) },
    artifacts: { 'plugin.js': await compiledText(plugin) },
  })
  for (const what of ['promise', 'timer', 'immediate', 'microtask']) {
    await exchange(gateway.port, formatRequest(`GET /api/?what=${what}`))
    const line = await gateway.log.waitFor(`left behind: ${what}`)
    assert.match(line, /plugin\.js|plugin\.ts/, 'the line names the plugin')
  }
  await exchange(gateway.port, formatRequest('GET /api/?what=nothing'))
  assert.equal((await exchange(gateway.port, formatRequest('GET /api/'))).status, 200)
})
