import assert from 'node:assert/strict'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { formatChunk, formatRequest, headerValue } from '../harness/http-message.ts'
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
  await gateway.exited
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
  await gateway.exited
  assert.equal(upstream.requests[0]?.aborted, true)
})

describe('on SIGTERM', () => {
  const longPatience = { graceful_shutdown_timeout_duration: 30 }

  test('/ready is 503 at once, and requests are served until the delay is over', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGatewayProcess({
      definitions: { 'api.json': definition(upstream.url) },
      config: { ...longPatience, graceful_shutdown_delay_seconds: 1 },
    })
    const statusOf = async (path: string) => (await exchange(gateway.port, formatRequest(`GET ${path}`))).status
    assert.equal(await statusOf('/ready'), 200)
    gateway.signal('SIGTERM')
    await gateway.log.waitFor('SIGTERM received, closing')
    assert.deepEqual([await statusOf('/ready'), await statusOf('/hello'), await statusOf('/api/')], [503, 200, 200])
    assert.deepEqual(await gateway.exited, [0, null])
  })

  test('what goes on for ever is cut when time is up: events, and WebSockets', async () => {
    await using upstream = await startUpstream(async ({ request, write, closed }) => {
      const upgrades = request.head.lines.some((line) => /^upgrade:/i.test(line))
      const head = upgrades
        ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
        : 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
      await write(head)
      if (!upgrades) await write(formatChunk('data: first\n\n'))
      await closed
    })
    await using gateway = await startGatewayProcess({
      definitions: { 'api.json': definition(upstream.url) },
      config: { graceful_shutdown_timeout_duration: 0.3 },
    })
    using events = await openConnection(gateway.port)
    await events.send(formatRequest('GET /api/events'))
    using socket = await openConnection(gateway.port)
    await socket.send(formatRequest('GET /api/socket', ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x']))
    await until('both', () => upstream.requests.length === 2)
    gateway.signal('SIGTERM')
    await Promise.all([events.closed, socket.closed])
    assert.deepEqual(await gateway.exited, [0, null])
  })

  test('what was spent of a quota is written before the end', async () => {
    await using upstream = await startUpstream()
    const files = {
      definitions: { 'api.json': definition(upstream.url, { use_keyless: false, auth: { auth_header_name: 'Authorization' } }) },
      config: { ...longPatience, storage: { type: 'sqlite' } },
    }
    await using gateway = await startGatewayProcess(files)
    const session = { quota_max: 100, quota_renewal_rate: 3600, access_rights: { 'test-api': { api_id: 'test-api' } } }
    const body = JSON.stringify(session)
    const secret = 'X-Tyk-Authorization: test-secret'
    const created = await exchange(gateway.port, formatRequest('POST /tyk/keys/defaultsomekey', [secret], body))
    assert.equal(created.status, 200, created.text)
    for (let i = 0; i < 3; i++) {
      const { status } = await exchange(gateway.port, formatRequest('GET /api/', ['Authorization: defaultsomekey']))
      assert.equal(status, 200)
    }
    gateway.signal('SIGTERM')
    assert.deepEqual(await gateway.exited, [0, null])
    const database = new DatabaseSync(join(gateway.folder.path, 'data/store.db'), { readOnly: true })
    const rows = database.prepare('SELECT used FROM quota').all()
    database.close()
    assert.deepEqual(
      rows.map(({ used }) => used),
      [3],
    )
  })
})

test('a reload on SIGHUP that finds nothing to load from changes nothing', async () => {
  await using upstream = await startUpstream()
  await using gateway = await startGatewayProcess({ definitions: { 'api.json': definition(upstream.url) } })
  await rename(join(gateway.folder.path, 'apps'), join(gateway.folder.path, 'elsewhere'))
  gateway.signal('SIGHUP')
  await gateway.log.waitFor('Read the definitions in ')
  assert.equal((await exchange(gateway.port, formatRequest('GET /api/'))).status, 200)
})
