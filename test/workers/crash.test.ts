import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, untilGone } from '../containment/supervised.ts'
import { exchange } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import { type Client, makeKey, openWorkers, type WorkersStage } from './workers-stage.ts'

/** The process that has the store: the one that serves nobody. */
async function storePid(stage: WorkersStage): Promise<number> {
  const workers = new Set((await stage.workers()).map(({ pid }) => pid))
  const [pid = 0, ...others] = childrenOf(stage.gateway.pid).filter((child) => !workers.has(child))
  assert.ok(pid > 0 && others.length === 0)
  return pid
}

/** Has clients ask until it is stopped; what became of it, by client. */
function loadWith(clients: readonly Client[], target: string, ...lines: string[]) {
  let running = true
  const results = clients.map((client) => ({ client, statuses: [] as number[], failed: false, longestMs: 0 }))
  const ended = Promise.all(
    results.map(async (result) => {
      while (running && !result.failed) {
        const began = performance.now()
        try {
          result.statuses.push((await result.client.get(target, ...lines)).status)
        } catch {
          result.failed = true
        }
        result.longestMs = Math.max(result.longestMs, performance.now() - began)
        await delay(2)
      }
    }),
  )
  return {
    results,
    async stop() {
      running = false
      await ended
      return results
    },
  }
}

describe('a worker that is killed under load', () => {
  test('is replaced, loses its own connections and no others, and its place goes on under the same number', async () => {
    await using stage = await openWorkers()
    const clients = await stage.clients(4)
    const [, victim] = await stage.workers()
    assert.ok(victim)
    const load = loadWith(clients, '/open/')
    await until('some load', () => load.results.every(({ statuses }) => statuses.length > 5))
    process.kill(victim.pid, 'SIGKILL')
    await until('its replacement', async () => {
      const rows = await stage.workers()
      return rows.length === 2 && rows.every(({ pid, state }) => pid !== victim.pid && state === 'serving')
    })
    for (const { client, failed, statuses } of await load.stop()) {
      assert.equal(failed, client.pid === victim.pid, 'only who was connected to it has lost a request')
      assert.ok(statuses.every((status) => status === 200))
    }
    const [first, second] = await stage.workers()
    assert.deepEqual([first?.worker, second?.worker], [1, 2])
    const fresh = await stage.clients()
    assert.ok(
      fresh.some(({ pid }) => pid === second?.pid),
      'the new one serves',
    )
  })

  test('keeps no new connection waiting', async () => {
    await using stage = await openWorkers()
    const [victim] = await stage.workers()
    assert.ok(victim)
    process.kill(victim.pid, 'SIGKILL')
    await untilGone(victim.pid)
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => exchange(stage.gateway.port, 'GET /open/ HTTP/1.1\r\nHost: x\r\n\r\n')),
    )
    assert.ok(answers.every(({ status }) => status === 200))
  })
})

describe('a plugin that hangs one of two workers', () => {
  test('is kept away in both of them, and let in again in both by the admin API', async () => {
    await using stage = await openWorkers(
      { event_loop_block_ms: 150, event_loop_kill_ms: 2_500, plugin_quarantine_ms: 600_000 },
      { apis: { hang: { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Hang', path: 'plugin.js' }] } } } },
    )
    const clients = await stage.clients()
    const [client] = clients
    assert.ok(client)
    await assert.rejects(client.get('/hang/'))
    const survivors = clients.filter(({ pid }) => pid !== client.pid)
    await until('the plugin to be kept away by the other', async () => {
      const answers = await Promise.all(survivors.map((survivor) => survivor.get('/pid/')))
      return answers.every(({ status }) => status === 500)
    })
    const { json } = await stage.admin('GET /tyk/plugins')
    const [use] = json.plugins.flatMap(({ used_by }: { used_by: object[] }) => used_by)
    assert.match(use.quarantined, /a process of this gateway was ended because plugin "plugin" blocked/)
    assert.equal((await stage.admin(`POST /tyk/plugins/${use.id}/enable`)).status, 200)
    for (const fresh of await stage.clients()) assert.equal((await fresh.get('/pid/')).status, 200)
  })
})

describe('the process with the store that is killed under load', () => {
  test('is replaced; meanwhile keys that were seen go on, nothing hangs, and what was acknowledged is there', async () => {
    await using stage = await openWorkers({ storage: { type: 'sqlite' } })
    const key = await makeKey(stage, { quota_max: 1_000_000, quota_renewal_rate: 3600, rate: 1_000_000, per: 60 })
    const clients = await stage.clients(2)
    const load = loadWith(await stage.clients(2), '/keys/', `Authorization: ${key}`)
    await until('some load', () => load.results.every(({ statuses }) => statuses.length > 5))
    for (let round = 0; round < 3; round++) {
      const pid = await storePid(stage)
      const written = await makeKey(stage)
      process.kill(pid, 'SIGKILL')
      await untilGone(pid)
      await stage.gateway.log.waitFor(`Keep the store process ${pid} running failed: SIGKILL ended it`)
      // Neither has seen this one before: both have to ask.
      for (const client of clients) {
        await until('the store to be back', async () => (await client.get('/keys/', `Authorization: ${written}`)).status === 200)
      }
    }
    for (const { failed, statuses, longestMs } of await load.stop()) {
      assert.equal(failed, false)
      assert.deepEqual([...new Set(statuses)], [200])
      assert.ok(longestMs < 5_000, `a request took ${longestMs} ms`)
    }
  })

  test('leaves nobody in with on_outage: deny, and does not let the quota begin anew', async () => {
    await using stage = await openWorkers({ storage: { type: 'sqlite', on_outage: 'deny' } })
    const key = await makeKey(stage, { quota_max: 300, quota_renewal_rate: 3600 })
    const clients = await stage.clients(2)
    const load = loadWith(clients, '/keys/', `Authorization: ${key}`)
    await until('some load', () => load.results.every(({ statuses }) => statuses.length > 5))
    // What was spent is in the file within a fifth of a second; what is not is lost.
    const pid = await storePid(stage)
    process.kill(pid, 'SIGSTOP')
    await until('a refusal', () => load.results.every(({ statuses }) => statuses.includes(503)))
    process.kill(pid, 'SIGCONT')
    await until('the end of the quota', () => load.results.every(({ statuses }) => statuses.at(-1) === 403))
    const results = await load.stop()
    const admitted = results.flatMap(({ statuses }) => statuses).filter((status) => status === 200).length
    assert.ok(admitted <= 300, `${admitted} were let in`)
  })
})

describe('a gateway of two workers', () => {
  test('ends on SIGTERM when open requests have, with all of its processes', async () => {
    await using stage = await openWorkers({ storage: { type: 'sqlite' }, graceful_shutdown_timeout_duration: 30 })
    const { gateway, upstream } = stage
    const pids = childrenOf(gateway.pid)
    assert.equal(pids.length, 3)
    const clients = await stage.clients(1)
    const answer = Promise.withResolvers<void>()
    const { script } = upstream
    upstream.script = async (exchanged) => {
      await answer.promise
      await script(exchanged)
    }
    const underWay = Promise.all(clients.map((client) => client.get('/open/')))
    await until('the requests to arrive', () => upstream.requests.length === clients.length)
    gateway.signal('SIGTERM')
    await until(
      'both to close',
      () => gateway.log.lines.filter((line) => line.includes('SIGTERM received, closing')).length === 2,
    )
    answer.resolve()
    assert.ok((await underWay).every(({ status }) => status === 200))
    assert.deepEqual(await gateway.exited, [0, null])
    for (const pid of pids) await untilGone(pid)
  })

  test('closes by itself when its supervisor is gone, the store after the workers', async () => {
    await using stage = await openWorkers({ storage: { type: 'sqlite' } })
    const pids = childrenOf(stage.gateway.pid)
    process.kill(stage.gateway.pid, 'SIGKILL')
    for (const pid of pids) await untilGone(pid)
  })
})
