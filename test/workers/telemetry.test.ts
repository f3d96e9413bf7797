import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { until } from '../harness/until.ts'
import { type Scrape, scrape } from '../telemetry/scrape.ts'
import { openWorkers } from './workers-stage.ts'

const REQUESTS = 10

test('two workers answer together for their metrics, whichever of them dies, and write whole lines to one log', async () => {
  const port = await closedPort()
  await using stage = await openWorkers({ access_logs: { enabled: true }, metrics: { port, address: '127.0.0.1' } })
  const clients = await stage.clients(1)
  for (const { pid } of await stage.workers()) {
    const client = clients.find((each) => each.pid === pid)
    for (let i = 0; i < REQUESTS; i += 1) assert.equal((await client?.get('/open/'))?.status, 200)
  }
  const found = await whenever(port, (all) => all.value('postern_requests_total', { api_id: 'open' }) === 2 * REQUESTS)
  for (const worker of ['1', '2']) assert.equal(found.value('postern_requests_total', { api_id: 'open', worker }), REQUESTS)
  const lines = await until('a line for each', () => {
    const all = stage.gateway.log.lines.filter((line) => line.includes('"access-log"') && line.includes('"api_id":"open"'))
    return all.length === 2 * REQUESTS ? all : null
  })
  for (const line of lines) assert.equal(JSON.parse(line).status, 200)

  // One of them has the port.
  for (const { worker, pid } of await stage.workers()) {
    const label = { worker: String(worker) }
    const { name, value: started } = sample(await whenever(port, bothAnswer), label)
    process.kill(pid, 'SIGKILL')
    await whenever(port, (all) => bothAnswer(all) && all.value(name, label) !== started)
  }
  assert.deepEqual(
    stage.gateway.log.lines.filter((line) => line.includes('metrics_not_served')),
    [],
  )
})

test('the level of the log is that of every worker', async () => {
  await using stage = await openWorkers()
  assert.deepEqual((await stage.admin('PUT /tyk/log/level', { level: 'warn' })).json, { status: 'ok', message: '' })
  assert.deepEqual((await stage.admin('GET /tyk/log/level')).json.workers, [
    { worker: 1, level: 'warn' },
    { worker: 2, level: 'warn' },
  ])
})

function bothAnswer(found: Scrape): boolean {
  return found.value('postern_worker_answered') === 2
}

/** What tells one process from the one that takes its place. */
function sample(found: Scrape, labels: Readonly<Record<string, string>>): { name: string; value: number } {
  const name = 'process_start_time_seconds'
  const value = found.value(name, labels)
  assert.ok(value)
  return { name, value }
}

/** The port may be nobody's for a moment. */
async function whenever(port: number, isTrue: (found: Scrape) => boolean): Promise<Scrape> {
  return await until('the metrics', async () => {
    const found = await scrape(port).catch(() => null)
    return found !== null && isTrue(found) ? found : null
  })
}
