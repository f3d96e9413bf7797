import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { until } from '../harness/until.ts'
import { childrenOf, openSupervised, untilGone } from './supervised.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Bad: Plugin = (c) => {
  const order = c.req.query('order')
  if (order === 'exit') process.exit(7)
  if (order === 'kill') process.kill(process.pid)
  if (order === 'disconnect') process.disconnect?.()
  if (order === 'late') setTimeout(() => { throw new Error('late, as ordered') })
  if (order === 'reject') void Promise.reject(new Error('rejected, as ordered'))
  return c.text('from the plugin')
}
`

describe('the process that serves', () => {
  test('outlives whatever a plugin throws later, and its attempts to end it', async () => {
    await using stage = await openSupervised(plugin)
    const pid = stage.workerPid()
    for (const order of ['exit', 'kill']) assert.equal((await stage.get(`/bad/?order=${order}`)).status, 500, order)
    for (const order of ['late', 'reject', 'disconnect'])
      assert.equal((await stage.get(`/bad/?order=${order}`)).status, 200, order)
    await until('two late errors', async () => (await stage.use()).late_errors === 2)
    assert.equal((await stage.use()).errors, 2)
    assert.equal(stage.workerPid(), pid)
  })

  test('is replaced when it is killed, and only what was under way is lost', async () => {
    await using stage = await openSupervised(plugin)
    const { upstream, gateway } = stage
    const { script } = upstream
    upstream.script = () => delay(60_000, undefined, { ref: false })
    const underWay = stage.get('/good/')
    await until('the request to arrive', () => upstream.requests.length === 1)
    upstream.script = script

    const pid = stage.workerPid()
    process.kill(pid, 'SIGKILL')
    await assert.rejects(underWay)
    await untilGone(pid)
    const answers = await Promise.all(Array.from({ length: 20 }, () => stage.get('/good/')))
    assert.ok(answers.every(({ status }) => status === 200))
    const { msg } = await stage.logged('worker_replaced')
    assert.equal(msg, `Keep the worker process ${pid} running failed: SIGKILL ended it; another is started at once`)
    assert.equal(childrenOf(gateway.pid).length, 1)
  })

  test('is tried again with pauses while it cannot start, until it can', async () => {
    await using stage = await openSupervised(plugin)
    const { config } = stage.gateway.folder
    await writeFile(config, '{ "listen_port": "wrong" }')
    process.kill(stage.workerPid(), 'SIGKILL')
    await stage.gateway.log.waitFor('exit code 1; another is started in 250 ms')
    await writeFile(config, JSON.stringify({ listen_port: 0, secret: 'test-secret', app_path: 'apps', log_format: 'json' }))
    assert.equal((await stage.get('/good/')).status, 200)
  })

  test('ends when its supervisor is gone', async () => {
    await using stage = await openSupervised(plugin)
    const pid = stage.workerPid()
    process.kill(stage.gateway.pid, 'SIGKILL')
    await untilGone(pid)
  })
})

describe('the supervisor', () => {
  test('hands on SIGHUP and SIGTERM: a reload, and an end that waits for open requests', async () => {
    await using stage = await openSupervised(plugin)
    const { gateway, upstream } = stage
    gateway.signal('SIGHUP')
    await gateway.log.waitFor('SIGHUP received, reloading')

    const answer = Promise.withResolvers<void>()
    const { script } = upstream
    upstream.script = async (exchange) => {
      await answer.promise
      await script(exchange)
    }
    const underWay = stage.get('/good/')
    await until('the request to arrive', () => upstream.requests.length === 1)
    gateway.signal('SIGTERM')
    await gateway.log.waitFor('SIGTERM received, closing')
    await until('new connections to be refused', () =>
      stage.get('/hello').then(
        () => false,
        () => true,
      ),
    )
    answer.resolve()
    assert.equal((await underWay).text, 'ok')
    assert.deepEqual(await gateway.exited, [0, null])
  })

  test('ends the worker at once on a second signal', async () => {
    await using stage = await openSupervised(plugin)
    const { gateway, upstream } = stage
    upstream.script = () => delay(60_000, undefined, { ref: false })
    const underWay = stage.get('/good/')
    await until('the request to arrive', () => upstream.requests.length === 1)
    gateway.signal('SIGTERM')
    await gateway.log.waitFor('SIGTERM received, closing')
    const again = setInterval(() => gateway.signal('SIGTERM'), 50)
    await assert.rejects(underWay)
    const [code] = await gateway.exited
    clearInterval(again)
    assert.equal(code, 137)
  })
})
