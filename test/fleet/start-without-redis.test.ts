import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { type Gateway, openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { RedisServer, withoutServer } from '../store/redis-server.ts'

test('a gateway that starts while Redis is away has the plugins that were uploaded before', { skip: withoutServer }, async () => {
  await using redis = await RedisServer.start()
  const hooks = { driver: 'jsplugin', pre: [{ name: 'Answer', path: 'upload://greet.js' }] }
  await using folder = await makeGatewayFolder({
    definitions: { 'api.json': definition('http://127.0.0.1:1/', { custom_middleware: hooks }) },
    config: { storage: { type: 'redis', host: '127.0.0.1', port: redis.port } },
  })
  const start = async (): Promise<Gateway> => {
    const log = await openLog({ level: 'silent', format: 'json' })
    return openGateway({ config: await loadConfig({ file: folder.config, env: {} }), log })
  }
  const first = await start()
  const uploaded = await fetch(`${first.url}/tyk/plugins/greet.js`, {
    method: 'PUT',
    headers: { 'X-Tyk-Authorization': 'test-secret' },
    body: makeArtifact("exports.Answer = (c) => c.text('hello')\n"),
  })
  assert.equal(uploaded.status, 200)
  await first.close()
  await redis.kill()
  const again = await start()
  try {
    assert.equal(await (await fetch(`${again.url}/api/`)).text(), 'hello')
  } finally {
    await again.close()
  }
})
