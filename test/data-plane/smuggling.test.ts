import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { http1Vectors, type Vector } from './smuggling/http1-vectors.ts'
import { type StrictUpstream, startStrictUpstream } from './smuggling/strict-upstream.ts'

describe('what could be read as another request', () => {
  let upstream: StrictUpstream
  let gateway: TestGateway

  before(async () => {
    upstream = await startStrictUpstream()
    gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url) },
      config: { http_server_options: { read_timeout: 0.5 } },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  for (const vector of http1Vectors) {
    test(`does not reach the upstream as one: ${vector.name}`, async () => {
      upstream.reset()
      assert.deepEqual(await statusesFor(gateway.port, vector), vector.answers)
      assert.deepEqual(upstream.faults, [])
      assert.deepEqual(
        upstream.requests.map(({ method, target, body }) => `${method} ${target} ${body}`),
        vector.reaches ?? [],
      )
      const { status, text } = await exchange(gateway.port, formatRequest('GET /api/after'))
      assert.deepEqual([status, text], [200, '/after'], 'the gateway still answers, and with the right answer')
    })
  }
})

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
