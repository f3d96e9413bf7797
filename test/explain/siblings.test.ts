import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import type { Responder, Siblings } from '../../src/supervisor/siblings.ts'
import { definition } from '../harness/definition.ts'
import { shownRequests } from '../harness/explained.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

/** Processes of one gateway that are in one process; what they say goes through JSON, as between processes. */
function family(count: number): Siblings[] {
  const responders = Array.from({ length: count }, () => new Map<string, Responder>())
  const copy = (value: unknown) => JSON.parse(JSON.stringify(value ?? null))
  return responders.map((own, index) => ({
    worker: index + 1,
    count,
    members: responders.map((_, i) => ({ worker: i + 1, pid: process.pid })),
    respond: (topic, responder) => void own.set(topic, responder),
    ask: async (topic, question) => {
      const answers = responders.map(async (each, i) => {
        return { worker: i + 1, answer: copy(await each.get(topic)?.(copy(question))) }
      })
      return await Promise.all(answers)
    },
  }))
}

test('whichever process is asked, the requests of all are shown', async () => {
  await using upstream = await startUpstream()
  await using folder = await makeGatewayFolder({
    definitions: { 'api.json': definition(upstream.url) },
    config: { explain: { max_requests: 10 } },
  })
  const open = async (siblings: Siblings) => {
    const config = await loadConfig({ file: folder.config, env: {} })
    return await openGateway({ config, log: await openLog({ level: 'silent', format: 'json' }), env: {}, siblings })
  }
  await using opened = new AsyncDisposableStack()
  const gateways = []
  for (const siblings of family(2)) gateways.push(opened.adopt(await open(siblings), (one) => one.close()))
  for (const [index, { url }] of gateways.entries()) await (await fetch(`${url}/api/worker-${index + 1}`)).text()
  for (const { port, url } of gateways) {
    const found = await until('both requests', async () => {
      const requests = await shownRequests(port)
      return requests.length === 2 ? requests : null
    })
    assert.deepEqual(found.map(({ worker, path }) => [worker, path]).sort(), [
      [1, '/api/worker-1'],
      [2, '/api/worker-2'],
    ])
    assert.equal((await shownRequests(port, 'limit=1')).length, 1)
    for (const { id, path } of found) {
      const response = await fetch(`${url}/tyk/requests/${id}`, { headers: { 'X-Tyk-Authorization': 'test-secret' } })
      assert.equal(((await response.json()) as { path: string }).path, path)
    }
  }
})
