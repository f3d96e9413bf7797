import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { readText } from '../guards/source-files.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { certificate } from '../store/certificate.ts'
import { RedisServer, withoutServer } from '../store/redis-server.ts'

/** The user that the documentation has for gateways. */
function documentedUser(): string[] {
  const [, words = ''] = /^user (gateway on >password .*)$/m.exec(readText('docs/storage.md')) ?? []
  assert.notEqual(words, '')
  return words.split(' ')
}

test('a gateway does with Redis all that it does over TLS, as the user that is documented', { skip: withoutServer }, async () => {
  const code = "exports.Count = async (c) => c.text(String(await require('postern/plugin').kv.increment('hits')))\n"
  const hooks = { driver: 'jsplugin', pre: [{ name: 'Count', path: 'upload://count.js' }] }
  const cache = { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true }
  await using folder = await makeGatewayFolder({
    definitions: {
      'counting.json': definition('http://127.0.0.1:1/', { custom_middleware: hooks, cache_options: cache }),
      'keyed.json': definition('http://127.0.0.1:1/', {
        api_id: 'keyed',
        use_keyless: false,
        use_standard_auth: true,
        proxy: { listen_path: '/keyed/' },
      }),
    },
    files: { 'redis-ca.pem': certificate.cert, 'redis.key': certificate.key, password: 'password\n' },
  })
  const pem = join(folder.path, 'redis-ca.pem')
  const tls = ['--tls-ca-cert-file', pem, '--tls-cert-file', pem, '--tls-key-file', join(folder.path, 'redis.key')]
  await using server = await RedisServer.start((port) => [
    ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...tls],
    ...['--user', ...documentedUser(), '--user', 'default', 'off'],
  ])
  const env = {
    POSTERN_STORAGE_TYPE: 'redis',
    POSTERN_STORAGE_HOST: '127.0.0.1',
    POSTERN_STORAGE_PORT: String(server.port),
    POSTERN_STORAGE_USERNAME: 'gateway',
    POSTERN_STORAGE_PASSWORD_FILE: join(folder.path, 'password'),
    POSTERN_STORAGE_USE_SSL: 'true',
    POSTERN_STORAGE_CA_FILE: 'redis-ca.pem',
  }
  const config = await loadConfig({ file: folder.config, env })
  const gateway = await openGateway({ config, log: await openLog({ level: 'silent', format: 'json' }) })
  try {
    const headers = { 'X-Tyk-Authorization': 'test-secret' }
    const admin = (method: string, path: string, body?: string) =>
      fetch(`${gateway.url}/tyk/${path}`, { method, headers, ...(body !== undefined && { body }) })
    assert.equal((await admin('PUT', 'plugins/count.js', makeArtifact(code))).status, 200)
    for (const hits of ['1', '2']) assert.equal(await (await fetch(`${gateway.url}/api/`)).text(), hits)
    const session = { access_rights: { keyed: {} }, rate: 100, per: 60, quota_max: 10, quota_renewal_rate: 60 }
    assert.equal((await admin('POST', 'keys/somebody', JSON.stringify(session))).status, 200)
    const limited = await fetch(`${gateway.url}/keyed/`, { headers: { Authorization: 'somebody' } })
    assert.equal(limited.status, 500, 'it was let in, and there is no upstream')
    assert.equal((await admin('GET', 'keys')).status, 200)
    assert.equal((await admin('DELETE', 'cache/test-api')).status, 200)
    assert.equal((await admin('GET', 'reload/group')).status, 200)
    const hello = (await (await fetch(`${gateway.url}/hello`)).json()) as { details: { redis: { status: string } } }
    assert.equal(hello.details.redis.status, 'pass')
  } finally {
    await gateway.close()
  }
})
