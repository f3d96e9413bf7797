import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { exchange } from '../harness/raw-client.ts'

test('health checks in HTTP/1.0, without Host, are answered', async () => {
  await using gateway = await startGateway({ definitions: {} })
  for (const path of ['/ready', '/hello']) {
    assert.equal((await exchange(gateway.port, `GET ${path} HTTP/1.0\r\n\r\n`)).status, 200)
  }
  assert.equal((await exchange(gateway.port, 'GET /ready HTTP/1.1\r\n\r\n')).status, 400, 'in HTTP/1.1 it is required')
})
