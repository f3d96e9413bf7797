import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

test('a response from the cache is marked in its record', async () => {
  await using stage = await openStage({
    definition: { cache_options: { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true } },
    config: { enable_analytics: true, analytics_config: { type: 'file', file: 'records.jsonl' } },
  })
  for (let i = 0; i < 2; i += 1) assert.equal((await exchange(stage.port, formatRequest('GET /api/x'))).status, 200)
  const file = join(stage.gateway.folder.path, 'records.jsonl')
  const records: { Tags: string[] }[] = await until('two records', async () => {
    const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n')
    return lines.length === 2 ? lines.map((line) => JSON.parse(line)) : null
  })
  assert.deepEqual(
    records.map(({ Tags }) => Tags.includes('cached-response')),
    [false, true],
  )
})
