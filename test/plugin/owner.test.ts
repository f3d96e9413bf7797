import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStage } from '../harness/stage.ts'

const program = join(import.meta.dirname, 'fail-late.ts')

function failLate(way: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, way], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  return { status, stderr, lines: lines.filter(Boolean).map((line) => JSON.parse(line)) }
}

for (const way of ['timer', 'immediate', 'tick', 'microtask', 'rejection', 'async', 'callback', 'emitter', 'null', 'shared']) {
  test(`a plugin's late failure (${way}) is logged once in its name, and the process goes on`, () => {
    const { status, stderr, lines } = failLate(way)
    assert.equal(status, 0, stderr)
    const [failed, left, ...more] = lines
    assert.deepEqual([failed.level, failed.code, failed.plugin], [50, 'plugin_failed_late', 'sample'])
    assert.match(failed.msg, /^Plugin "sample" failed outside of its call: (late|null);/)
    if (way === 'shared') assert.match(failed.err.stack, /postern:sample@[0-9a-f]{8}\/plugin\.js:\d+:\d+/)
    else if (way !== 'null') assert.match(failed.err.stack, /postern:sample@[0-9a-f]{8}\/mapped\.ts:\d+:\d+/)
    assert.equal(left.msg, '0 handlers left')
    assert.deepEqual(more, [])
  })
}

test('an error that is no plugin’s is logged as fatal and ends the process', () => {
  const { status, lines } = failLate('gateway')
  assert.equal(status, 1)
  assert.deepEqual(
    lines.map(({ level, code, err }) => [level, code, err.message]),
    [[60, 'gateway_failed', 'ours']],
  )
})

test('what a plugin keeps for a request in an AsyncLocalStorage those that it calls with next() have, and no other request', async () => {
  const plugin = `
    import { AsyncLocalStorage } from 'node:async_hooks'
    import type { Plugin } from 'postern/plugin'
    const tenant = new AsyncLocalStorage<string>()
    export const Keep: Plugin = (c, next) => {
      const name = c.req.header('tenant')
      return name === undefined ? next() : tenant.run(name, () => next())
    }
    export const Tell: Plugin = async (c) => {
      const before = tenant.getStore() ?? 'nobody'
      await new Promise((resolve) => setTimeout(resolve, 5))
      c.header('Seen', \`\${before} \${tenant.getStore() ?? 'nobody'}\`)
    }
  `
  const uses = (name: string) => [{ name, path: 'plugin.js' }]
  const hooks = { driver: 'jsplugin', pre: uses('Keep'), post: uses('Tell') }
  await using stage = await openStage({ plugin, definition: { custom_middleware: hooks } })
  const seen = async (headers: Record<string, string>) =>
    (await fetch(`http://127.0.0.1:${stage.port}/api/get`, { headers })).headers.get('seen')
  assert.deepEqual(await Promise.all([seen({ tenant: 'a' }), seen({}), seen({ tenant: 'b' }), seen({})]), [
    'a a',
    'nobody nobody',
    'b b',
    'nobody nobody',
  ])
})
