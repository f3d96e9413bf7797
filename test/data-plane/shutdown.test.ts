import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

test('on SIGTERM open requests end in peace, and idle connections are closed', async () => {
  let answer = async () => {}
  await using upstream = await startUpstream()
  await using gateway = await startGatewayProcess({
    definitions: { 'api.json': definition(upstream.url) },
    config: { graceful_shutdown_timeout_duration: 30 },
  })
  using idle = await openConnection(gateway.port)
  await idle.send(formatRequest('GET /api/'))
  await idle.receive()
  upstream.script = (to) => {
    answer = () => to.answer(200, [], 'to the end')
  }
  using busy = await openConnection(gateway.port)
  await busy.send(formatRequest('GET /api/'))
  await until('the request', () => upstream.requests[1])

  gateway.signal('SIGTERM')
  await idle.closed
  await assert.rejects(exchange(gateway.port, formatRequest('GET /api/')), 'nobody is let in any more')
  await answer()
  const { text, head } = await busy.receive()
  assert.equal(text, 'to the end')
  assert.equal(headerValue(head.lines, 'connection'), 'close')
  await gateway.ended
})

test('on SIGTERM requests that go on for too long are cut', async () => {
  await using upstream = await startUpstream(({ closed }) => closed)
  await using gateway = await startGatewayProcess({
    definitions: { 'api.json': definition(upstream.url) },
    config: { graceful_shutdown_timeout_duration: 0.2 },
  })
  using busy = await openConnection(gateway.port)
  await busy.send(formatRequest('GET /api/'))
  await until('the request', () => upstream.requests[0])
  gateway.signal('SIGTERM')
  await busy.closed
  await gateway.ended
  assert.equal(upstream.requests[0]?.aborted, true)
})
