import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { outcomeOf } from '../harness/http2-frames.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { http1Vectors, type Vector } from './smuggling/http1-vectors.ts'
import { http2Vectors } from './smuggling/http2-vectors.ts'
import { type StrictUpstream, startStrictUpstream } from './smuggling/strict-upstream.ts'

describe('what could be read as another request', () => {
  let upstream: StrictUpstream
  let gateway: TestGateway

  before(async () => {
    upstream = await startStrictUpstream()
    gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url) },
      config: { http_server_options: { read_timeout: 0.5, enable_http2: true } },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  for (const vector of http1Vectors) {
    test(`does not reach the upstream as one by HTTP/1: ${vector.name}`, async () => {
      upstream.reset()
      assert.deepEqual(await statusesFor(gateway.port, vector), vector.answers)
      await assertReached(vector.reaches)
    })
  }

  for (const { name, frames, outcome, reaches } of http2Vectors) {
    test(`does not reach the upstream as one by HTTP/2: ${name}`, async () => {
      upstream.reset()
      assert.equal(await outcomeOf(gateway.port, frames), outcome)
      const names = upstream.requests.flatMap(({ lines }) => lines.map((line) => line.split(':')[0]?.toLowerCase() ?? ''))
      assert.deepEqual(
        names.filter((each) => !expectedNames.has(each)),
        [],
        'nothing came with it',
      )
      await assertReached(reaches)
    })
  }

  async function assertReached(expected: readonly string[] = []): Promise<void> {
    assert.deepEqual(upstream.faults, [])
    const reached = upstream.requests.map(({ method, target, body }) => `${method} ${target} ${body}`)
    assert.deepEqual(reached, expected)
    const { status, text } = await exchange(gateway.port, formatRequest('GET /api/after'))
    assert.deepEqual([status, text], [200, '/after'], 'the gateway still answers, and with the right answer')
  }
})

/** What the gateway and its connection to the upstream add, and what frames a body. */
const expectedNames = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'],
])

/** The statuses of all responses up to the end of the connection; of as many as are expected, where it stays open. */
async function statusesFor(port: number, { bytes, answers, open }: Vector): Promise<number[]> {
  using connection = await openConnection(port)
  await connection.send(bytes)
  const statuses: number[] = []
  try {
    while (!open || statuses.length < answers.length) statuses.push((await connection.receive()).status)
  } catch (error) {
    assert.match((error as Error).message, /closed the connection before/)
  }
  return statuses
}
