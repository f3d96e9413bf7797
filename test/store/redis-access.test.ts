import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import type { RedisSettings } from '../../src/store/settings.ts'
import { certificate } from './certificate.ts'
import { openClient, RedisServer, settingsOf, withoutServer } from './redis-server.ts'

function open(settings: RedisSettings) {
  return openRedisStore({ settings, cacheBytes: 1000, onTrouble: assert.ifError })
}

async function works(settings: RedisSettings): Promise<void> {
  const store = await open(settings)
  await store.sessions.set('abc', { alias: 'there' })
  assert.deepEqual(await store.sessions.keys(), ['abc'])
  assert.equal((await store.counters.spend('quota-key', { max: 1, renewalMs: 60_000 })).allowed, true)
  await store.close()
}

async function refused(settings: RedisSettings, reason: RegExp): Promise<void> {
  await assert.rejects(open(settings), (error: Error & { code: string }) => {
    assert.equal(error.code, 'store_not_opened')
    assert.equal(error.message.split('\n').length, 1)
    assert.match(
      error.message,
      /^Open the store "rediss?:\/\/127\.0\.0\.1:\d+" failed: .*; mend "storage" in gateway\.conf, or POSTERN_STORAGE_/,
    )
    assert.match(error.message, reason)
    assert.doesNotMatch(error.message, /hush/)
    return true
  })
}

describe('a Redis that does not let everybody in', { skip: withoutServer }, () => {
  test('is used with its password, and a wrong one or none is refused at the start', async () => {
    await using server = await RedisServer.start(['--requirepass', 'hush'])
    await works(settingsOf(server.port, { password: 'hush' }))
    await refused(settingsOf(server.port, { password: 'hush-hush' }), /WRONGPASS/)
    await refused(settingsOf(server.port), /NOAUTH/)
  })

  test('is used as a user of its access control list, whose rights are as narrow as documented', async () => {
    const rights = [
      'on',
      '>hush',
      'resetkeys',
      '~apikey-*',
      '~quota-*',
      '~rate-limit-*',
      '~cache-*',
      '~postern-*',
      'resetchannels',
    ]
    const user = ['--user', 'gateway', ...rights, '&tyk.cluster.notifications', '+@all', '-@admin', '-@dangerous']
    await using server = await RedisServer.start(user)
    const settings = settingsOf(server.port, { username: 'gateway', password: 'hush' })
    await works(settings)
    await refused({ ...settings, username: 'somebody' }, /WRONGPASS/)
    const store = await open(settings)
    const { counters, cache, notices } = store
    for (const algorithm of ['sliding-window', 'token-bucket', 'fixed-window'] as const) {
      assert.equal((await counters.take('rate-limit-key', { algorithm, limit: 1, windowMs: 1000 })).allowed, true)
    }
    await counters.reset('rate-limit-key')
    await cache.set('api', 'key', Buffer.of(1))
    await cache.clear('api')
    assert.equal(await cache.get('api', 'key'), undefined)
    assert.equal(await store.kv('plugin').increment('hits'), 1)
    await notices.publish({ command: 'GroupReload', payload: '' })
    assert.equal(store.status().status, 'pass')
    await store.close()
  })

  test('is used in the database that is named', async () => {
    await using server = await RedisServer.start()
    await works(settingsOf(server.port, { database: 3 }))
    const client = await openClient(server.port, 3)
    assert.equal(await client.get('apikey-abc'), '{"alias":"there"}')
    client.destroy()
    const settings = settingsOf(server.port, { database: 99 })
    await assert.rejects(open(settings), {
      code: 'store_not_opened',
      message: /"redis:\/\/[^"]+\/99" failed: ERR DB index is out of range/,
    })
  })

  test('is spoken to over TLS, with a certificate of its own and one of the gateway', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-tls-'))
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')]
    await writeFile(cert, certificate.cert)
    await writeFile(key, certificate.key)
    await using server = await RedisServer.start((port) => [
      ...['--port', '0', '--tls-port', `${port}`, '--tls-ca-cert-file', cert, '--tls-cert-file', cert, '--tls-key-file', key],
    ])
    const settings = settingsOf(server.port, { use_ssl: true, ca_file: cert, cert_file: cert, key_file: key })
    await works(settings)
    await refused({ ...settings, ca_file: '' }, /self-signed certificate/)
    await refused({ ...settings, ca_file: join(folder.path, 'none.pem') }, /ENOENT/)
  })

  test('is spoken to in no other version of TLS than is asked for', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-tls-'))
    const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')]
    await writeFile(cert, certificate.cert)
    await writeFile(key, certificate.key)
    await using server = await RedisServer.start((port) => [
      ...['--port', '0', '--tls-port', `${port}`, '--tls-ca-cert-file', cert, '--tls-cert-file', cert, '--tls-key-file', key],
      ...['--tls-auth-clients', 'no', '--tls-protocols', 'TLSv1.2'],
    ])
    const settings = settingsOf(server.port, { use_ssl: true, ca_file: cert })
    await works({ ...settings, tls_min_version: '1.2', tls_max_version: '1.2' })
    await refused({ ...settings, tls_min_version: '1.3' }, /SSL|TLS|protocol version/)
  })
})
