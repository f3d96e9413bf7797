import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'
import { askAll, makeKey, openWorkers, type WorkerRow } from './workers-stage.ts'

interface Shown {
  readonly id: string
  readonly worker: number
  readonly steps: readonly unknown[]
}

test('whichever worker is asked, it tells of the requests of all', async () => {
  await using stage = await openWorkers({ explain: { max_requests: 100, steps: true } })
  const clients = await stage.clients(3)
  await askAll(clients, '/open/here')
  const found = await until('a request for each client', async () => {
    const { json } = await stage.admin('GET /tyk/requests?path=/open/here')
    return json.requests.length === clients.length ? (json.requests as Shown[]) : null
  })
  assert.deepEqual([...new Set(found.map(({ worker }) => worker))].sort(), [1, 2])
  for (const { id, worker, steps } of found) {
    const { json } = await stage.admin(`GET /tyk/requests/${id}`)
    assert.deepEqual([json.worker, json.steps], [worker, steps])
  }
})

test('a request that is tried counts in no worker', async () => {
  await using stage = await openWorkers()
  const key = await makeKey(stage, { quota_max: 3, quota_renewal_rate: 3600 })
  const fields = { api_id: 'keys', use_keyless: false, proxy: { listen_path: '/keys/' } }
  const request = { path: '/keys/x', headers: { Authorization: key } }
  for (let time = 0; time < 5; time += 1) {
    const { json } = await stage.admin('POST /tyk/debug', { request, spec: definition(stage.upstream.url, fields) })
    assert.match(json.response, /^HTTP\/1\.1 200 /, JSON.stringify(json))
  }
  assert.equal((await stage.admin(`GET /tyk/keys/${key}`)).json.quota_remaining, 3)
})

test('the port of the admin API is one for all workers, and stays when one of them dies', async () => {
  const control = await closedPort()
  await using upstream = await startUpstream()
  await using gateway = await startGatewayProcess(
    {
      definitions: { 'api.json': definition(upstream.url) },
      config: { listen_address: '127.0.0.1', workers: 2, control_api_port: control },
    },
    { supervised: true },
  )
  const ask = async (port: number) => {
    return await exchange(port, 'GET /tyk/status HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\n\r\n')
  }
  const serving = async () => {
    // Just after its death nobody may have told those that ask.
    const answer = await ask(control).catch(() => null)
    const workers: WorkerRow[] = answer?.status === 200 ? JSON.parse(answer.text).workers : []
    return workers.filter(({ state }) => state === 'serving').length === 2 ? workers : null
  }
  const [first] = await until('both workers', serving)
  assert.equal((await ask(gateway.port)).status, 404)
  process.kill(first?.pid as number, 'SIGKILL')
  await until('another worker in its place', async () => {
    const workers = await serving()
    return workers?.every(({ pid }) => pid !== first?.pid)
  })
  for (let time = 0; time < 10; time += 1) assert.equal((await ask(control)).status, 200)
})
