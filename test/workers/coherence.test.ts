import assert from 'node:assert/strict'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { until } from '../harness/until.ts'
import { artifactOf, askAll, makeKey, openWorkers, type WorkersStage } from './workers-stage.ts'

const withUpload = { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Pid', path: 'upload://own.js' }] } }
const keptResponses = { cache_options: { enable_cache: true, cache_timeout: 600, cache_all_safe_requests: true } }

for (const type of ['sqlite', 'memory']) {
  describe(`two workers on ${type}`, () => {
    let stage: WorkersStage
    before(async () => {
      stage = await openWorkers({ storage: { type } })
    })
    after(() => stage[Symbol.asyncDispose]())

    test('count a rate as one: of requests far above it, what is let in is the rate', async () => {
      const key = await makeKey(stage, { rate: 100, per: 1 })
      const clients = await stage.clients(4)
      const admitted: number[] = []
      const seconds = 4
      const began = performance.now()
      const load = async (client: (typeof clients)[number]) => {
        while (performance.now() - began < seconds * 1000) {
          const { status } = await client.get('/keys/', `Authorization: ${key}`)
          if (status === 200) admitted.push(performance.now())
          else assert.equal(status, 429)
        }
      }
      await Promise.all(clients.map(load))
      // The sliding window lets no second have more; each begins with what the one before has left over.
      const elapsed = performance.now() - began
      const most = 100 * Math.ceil(elapsed / 1000)
      assert.ok(admitted.length <= most, `${admitted.length} were let in within ${elapsed} ms`)
      assert.ok(admitted.length >= 0.99 * 100 * seconds, `only ${admitted.length} were let in`)
    })

    test('count a quota as one, exactly', async () => {
      const key = await makeKey(stage, { quota_max: 500, quota_renewal_rate: 3600 })
      const clients = await stage.clients(8)
      let admitted = 0
      for (let offered = 0; offered < 700; offered += clients.length) {
        const answers = await askAll(clients, '/keys/', `Authorization: ${key}`)
        admitted += answers.filter(({ status }) => status === 200).length
      }
      assert.equal(admitted, 500)
      const { json } = await stage.admin(`GET /tyk/keys/${key}`)
      assert.equal(json.quota_remaining, 0)
    })

    test('see a changed key at once, both of them', async () => {
      const clients = await stage.clients()
      for (let round = 0; round < 10; round++) {
        const key = await makeKey(stage)
        const ask = async () => {
          const answers = await askAll(clients, '/keys/', `Authorization: ${key}`)
          return answers.map(({ status }) => status)
        }
        assert.ok((await ask()).every((status) => status === 200))
        assert.equal((await stage.admin(`DELETE /tyk/keys/${key}`)).status, 200)
        assert.ok((await ask()).every((status) => status === 403))
      }
    })

    test('give plugins one space of values, each number once', async () => {
      const clients = await stage.clients()
      const numbers: number[] = []
      for (let round = 0; round < 10; round++) {
        numbers.push(...(await askAll(clients, '/count/')).map(({ text }) => Number(text)))
      }
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        numbers.map((_, i) => i + 1),
      )
    })
  })
}

describe('two workers', () => {
  let stage: WorkersStage
  before(async () => {
    stage = await openWorkers({}, { apis: { cached: keptResponses } })
  })
  after(() => stage[Symbol.asyncDispose]())

  test('serve what a reload has loaded once it is answered, both of them', async () => {
    const clients = await stage.clients()
    for (let version = 2; version < 6; version++) {
      await copyFile(await artifactOf(version), join(stage.gateway.folder.path, 'plugin.js'))
      const { json } = await stage.admin('GET /tyk/reload')
      assert.deepEqual(json, { status: 'ok', message: '' })
      for (const { text } of await askAll(clients, '/pid/')) assert.match(text, new RegExp(`^\\d+ ${version} `))
    }
  })

  test('tell of what does not load, and reload on SIGHUP', async () => {
    const clients = await stage.clients()
    const { folder } = stage.gateway
    await folder.writeDefinition('open.json', '{')
    const broken = await stage.admin('GET /tyk/reload')
    assert.equal(broken.json.failed.length, 1)
    assert.equal(broken.json.failed[0].kept, true)
    const elsewhere = { api_id: 'open', proxy: { listen_path: '/elsewhere/' } }
    await folder.writeDefinition('open.json', definition(stage.upstream.url, elsewhere))
    stage.gateway.signal('SIGHUP')
    await until('both to answer 404', async () => {
      return (await askAll(clients, '/open/')).every(({ status }) => status === 404)
    })
  })

  test('add up how their plugins are doing', async () => {
    const clients = await stage.clients()
    const use = async () => {
      const { json } = await stage.admin('GET /tyk/plugins')
      const serving = json.plugins.filter(({ state }: { state: string }) => state === 'serving')
      assert.equal(serving.length, 1, 'one artifact, however many have loaded it')
      return serving[0].used_by.find(({ name }: { name: string }) => name === 'Count')
    }
    const before = (await use()).calls
    for (let round = 0; round < 5; round++) await askAll(clients, '/count/')
    const { id, calls } = await use()
    assert.equal(calls, before + clients.length * 5)
    assert.equal((await stage.admin(`POST /tyk/plugins/${id}/enable`)).status, 200)
  })

  test('drop cached responses together', async () => {
    const clients = await stage.clients()
    let answered = 0
    const { script } = stage.upstream
    stage.upstream.script = async ({ receive, answer }) => {
      await receive()
      await answer(200, [], `answer ${++answered}`)
    }
    const texts = async () => new Set((await askAll(clients, '/cached/')).map(({ text }) => text))
    await texts()
    const before = await texts()
    assert.deepEqual(await texts(), before, 'they are cached')
    assert.equal((await stage.admin('DELETE /tyk/cache/cached')).status, 200)
    assert.equal((await texts()).intersection(before).size, 0)
    stage.upstream.script = script
  })

  test('are listed with what they are doing', async () => {
    await askAll(await stage.clients(), '/open/')
    const rows = await stage.workers()
    assert.deepEqual(
      rows.map(({ worker, state }) => [worker, state]),
      [
        [1, 'serving'],
        [2, 'serving'],
      ],
    )
    for (const { pid, connections, requests, started_at } of rows) {
      assert.ok(pid > 0 && connections > 0 && requests === 0, JSON.stringify(rows))
      assert.ok(Date.now() - Date.parse(started_at) < 120_000)
    }
  })

  test('use an uploaded plugin once that is acknowledged, both of them', async () => {
    const clients = await stage.clients()
    const fields = { ...withUpload, api_id: 'uploaded', proxy: { listen_path: '/uploaded/' } }
    await stage.gateway.folder.writeDefinition('uploaded.json', definition(stage.upstream.url, fields))
    for (let version = 2; version < 5; version++) {
      const { status, json } = await stage.admin('PUT /tyk/plugins/own.js', await readFile(await artifactOf(version), 'utf8'))
      assert.deepEqual([status, json.status, json.active], [200, 'ok', true])
      for (const { text } of await askAll(clients, '/uploaded/')) assert.match(text, new RegExp(`^\\d+ ${version} `))
    }
  })
})
