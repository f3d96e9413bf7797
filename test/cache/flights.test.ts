import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const cached = { cache_options: { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true } }

test('requests for the same that come at once are one request to the upstream', async () => {
  const gate = Promise.withResolvers<void>()
  await using stage = await openStage({
    definition: cached,
    script: async (to) => {
      await to.receive()
      await gate.promise
      await to.answer(200, [], 'once')
    },
  })
  const ask = async () => (await fetch(`http://127.0.0.1:${stage.port}/api/slow`)).text()
  const answers = Promise.all(Array.from({ length: 20 }, ask))
  await until('the first request has reached the upstream', () => stage.upstream.requests.length === 1)
  gate.resolve()
  assert.deepEqual(new Set(await answers), new Set(['once']))
  assert.equal(stage.upstream.requests.length, 1)
})

test('those that wait go to the upstream themselves if the first one breaks off', async () => {
  let asked = 0
  await using stage = await openStage({
    definition: cached,
    script: async (to) => {
      await to.receive()
      asked += 1
      if (asked === 1) to.close('reset')
      else await to.answer(200, [], 'fine')
    },
  })
  const ask = async () => (await fetch(`http://127.0.0.1:${stage.port}/api/broken`)).status
  const statuses = await Promise.all(Array.from({ length: 5 }, ask))
  assert.ok(statuses.filter((status) => status === 200).length >= 4, statuses.join())
})

test('a body above cache_max_entry_size streams through and is not kept', async () => {
  await using stage = await openStage({
    definition: cached,
    config: { cache_max_entry_size: 10 },
    script: async (to) => {
      await to.receive()
      await to.answer(200, [], 'x'.repeat(11))
    },
  })
  const ask = async () => (await fetch(`http://127.0.0.1:${stage.port}/api/large`)).text()
  assert.equal(await ask(), 'x'.repeat(11))
  assert.equal(await ask(), 'x'.repeat(11))
  assert.equal(stage.upstream.requests.length, 2)
})
