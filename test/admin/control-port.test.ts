import assert from 'node:assert/strict'
import { request as send } from 'node:http'
import { test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { closedPort } from '../harness/closed-port.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const SECRET = { 'X-Tyk-Authorization': 'test-secret' }

async function open(config: Record<string, unknown>) {
  await using opened = new AsyncDisposableStack()
  const upstream = opened.use(await startUpstream())
  const everywhere = definition(upstream.url, { proxy: { listen_path: '/' } })
  const folder = opened.use(await makeGatewayFolder({ definitions: { 'api.json': everywhere }, config }))
  const gateway = opened.adopt(
    await openGateway({
      config: await loadConfig({ file: folder.config, env: {} }),
      log: await openLog({ level: 'silent', format: 'json' }),
      env: {},
    }),
    (one) => one.close(),
  )
  const resources = opened.move()
  return { port: gateway.port, upstream, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** Status and body of an answer. */
function get(port: number, path: string, headers: Record<string, string> = SECRET): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = send({ host: '127.0.0.1', port, path, headers, agent: false }, async (response) => {
      const chunks = await response.setEncoding('utf8').toArray()
      resolve([response.statusCode ?? 0, chunks.join('')])
    })
    sent.on('error', reject).end()
  })
}

test('with a port of its own, the admin API is there alone, and the other port has the health of the gateway', async () => {
  const control = await closedPort()
  await using stage = await open({ control_api_port: control, control_api_address: '127.0.0.1' })
  for (const path of ['/tyk/status', '/tyk/apis', '/tyk/none', '/tyk/']) {
    assert.deepEqual(await get(stage.port, path), [404, 'Not Found'], path)
  }
  assert.equal(stage.upstream.requests.length, 0, 'nor does an API take them')
  for (const port of [stage.port, control]) {
    assert.equal((await get(port, '/hello'))[0], 200)
    assert.equal((await get(port, '/ready'))[0], 200)
  }
  assert.equal((await get(control, '/tyk/status'))[0], 200)
  assert.equal((await get(control, '/tyk/status', {}))[0], 403)
  assert.deepEqual(await get(stage.port, '/anything'), [200, 'ok'])
  assert.deepEqual(await get(control, '/anything'), [404, 'Not Found'])
  assert.equal(stage.upstream.requests.length, 1)
})

test('a port that another has is one clear error, and nothing is left open', async () => {
  const upstream = await startUpstream()
  await assert.rejects(open({ control_api_port: upstream.port, control_api_address: '127.0.0.1' }), {
    code: 'port_in_use',
    message: new RegExp(`${upstream.port} .*control_api_port`),
  })
  await upstream[Symbol.asyncDispose]()
})

test('with a host of its own, the admin API is there for that host alone', async () => {
  await using stage = await open({ control_api_hostname: 'Admin.example' })
  for (const [host, status] of [
    ['admin.example', 200],
    ['ADMIN.example:8181', 200],
    ['other.example', 404],
    ['admin.example.evil', 404],
  ] as const) {
    assert.equal((await get(stage.port, '/tyk/status', { ...SECRET, Host: host }))[0], status, host)
  }
  assert.deepEqual(await get(stage.port, '/tyk/status', { Host: 'other.example' }), [
    404,
    '{"status":"error","message":"Not Found"}',
  ])
  assert.equal((await get(stage.port, '/hello', { Host: 'other.example' }))[0], 200)
})
