import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exchange } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import { openSupervised } from './supervised.ts'

const plugin = `import type { Plugin } from 'postern/plugin'

export const Bad: Plugin = async (c) => {
  const order = c.req.query('order')
  if (order === 'loop') {
    for (;;) {
      Math.random()
    }
  }
  if (order === 'loop-later') {
    await null
    for (;;) Math.random()
  }
  if (order === 'deaf') for (;;) new Array(1000).fill(0)
  if (order === 'busy') for (const end = Date.now() + 500; Date.now() < end; ) Math.random()
  return c.text('from the plugin')
}
`

/** The debugger of V8 may take its time on a busy machine. */
const limits = { event_loop_block_ms: 150, event_loop_kill_ms: 2_500 }

describe('a plugin that blocks the event loop', () => {
  test('is named with file and line; the process is replaced, the plugin kept away for a while', async () => {
    await using stage = await openSupervised(plugin, { ...limits, plugin_quarantine_ms: 8_000 })
    const { gateway } = stage
    const first = stage.workerPid()
    const hung = stage.get('/bad/?order=loop')
    await Promise.all([
      assert.rejects(hung, 'the request that hangs is lost'),
      stage.logged('event_loop_blocked', ',"plugin":"plugin"').then(({ plugin: name, file, line }) => {
        assert.equal(name, 'plugin')
        assert.equal(file, 'plugin.ts')
        assert.ok(line === 6 || line === 7, `line ${line}`)
      }),
    ])
    assert.equal((await stage.get('/good/')).status, 200, 'it waits for the next process, and is served')
    assert.notEqual(stage.workerPid(), first)

    const { msg } = await stage.logged('worker_replaced')
    assert.match(
      String(msg),
      /plugin "plugin" blocked the event loop for \d+ ms at plugin\.ts:[67], and is not loaded for 8000 ms/,
    )
    assert.equal((await stage.get('/bad/')).status, 500)
    assert.match(String((await stage.use()).quarantined), /a process of this gateway was ended because plugin "plugin" blocked/)

    await gateway.log.waitFor('Plugins that were kept away are tried again')
    await until('the plugin is back', async () => (await stage.get('/bad/')).text === 'from the plugin')
  })

  for (const order of ['loop-later', 'deaf']) {
    test(`is found out however it loops (${order}), and is let in again by the admin API`, async () => {
      await using stage = await openSupervised(plugin, limits)
      await assert.rejects(stage.get(`/bad/?order=${order}`))
      assert.equal((await stage.get('/good/')).status, 200)
      assert.equal((await stage.logged('worker_replaced')).plugin, 'plugin')
      assert.equal((await stage.get('/bad/')).status, 500)
      const { id } = await stage.use()
      const enable = `POST /tyk/plugins/${id}/enable HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\n\r\n`
      assert.equal((await exchange(stage.gateway.port, enable)).status, 200)
      assert.equal((await stage.get('/bad/')).text, 'from the plugin')
    })
  }

  test('is reported and goes on where it blocks for less than event_loop_kill_ms', async () => {
    await using stage = await openSupervised(plugin, { ...limits, event_loop_kill_ms: 0 })
    const pid = stage.workerPid()
    assert.equal((await stage.get('/bad/?order=busy')).text, 'from the plugin')
    const { plugin: name, line } = await stage.logged('event_loop_blocked', ',"plugin":"plugin"')
    assert.deepEqual([name, line], ['plugin', 15])
    assert.equal(stage.workerPid(), pid)
  })

  test('does so at load: what does not use it is served all the same', async () => {
    await using stage = await openSupervised(
      `if (process.argv.includes('worker')) for (;;) Math.random()\nexport const Bad = () => {}\n`,
      limits,
    )
    assert.equal((await stage.get('/good/')).status, 200)
    assert.equal((await stage.get('/bad/')).status, 500)
  })
})
