import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

const LINES_A_SECOND = 50

test('a flood of refusals leaves no more than 50 lines a second in the log, and the next one says how many were left out', async () => {
  await using stage = await openStage({ definition: { global_rate_limit: { rate: 1, per: 3600 } } })
  using connection = await openConnection(stage.port)
  const linesOf = (text: string) => stage.gateway.log.lines.filter((line) => line.includes(text)).map((line) => JSON.parse(line))
  const begin = performance.now()
  let refused = 0
  const ask = async () => {
    await connection.send(formatRequest('GET /api/x'))
    if ((await connection.receive()).status === 429) refused += 1
  }
  await until('a line that tells of others', async () => {
    for (let i = 0; i < 100; i += 1) await ask()
    return linesOf('"left_out":').length > 0
  })
  const lines = linesOf('"event":"RatelimitExceeded"')
  const seconds = Math.ceil((performance.now() - begin) / 1000) + 1
  assert.ok(lines.length <= seconds * LINES_A_SECOND, `${lines.length} lines in ${seconds} s`)
  const told = lines.reduce((sum, { left_out: others = 0 }) => sum + 1 + others, 0)
  assert.ok(told <= refused && told > LINES_A_SECOND, `lines tell of ${told} of ${refused} refusals`)
  const [first] = lines
  assert.equal(first.level, 'info')
  assert.equal(first.path, '/api/x')
  assert.equal(first.origin, '127.0.0.1')
  assert.equal(first.err.code, 'api_rate_limit_exceeded')
  assert.equal(first.api_id, 'test-api')
})
