import assert from 'node:assert/strict'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import type { RedisSettings } from '../../src/store/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { closedPort } from '../harness/closed-port.ts'
import { until } from '../harness/until.ts'
import { openClient, RedisServer, settingsOf, withoutServer } from './redis-server.ts'

const PATIENCE_MS = 30_000

async function open(changes: Partial<RedisSettings>): Promise<Store & AsyncDisposable> {
  const store = await openRedisStore({ settings: settingsOf(1, changes), cacheBytes: 1000, onTrouble: () => {} })
  return { ...store, [Symbol.asyncDispose]: () => store.close() }
}

/** A sentinel that watches one master, alone, and is quick to find it gone. */
async function startSentinel(folder: string, master: RedisServer): Promise<RedisServer> {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 3000',
    'requirepass watch',
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  return await RedisServer.startSentinel(file)
}

describe('a Redis behind sentinels', { skip: withoutServer }, () => {
  test('is the master that they tell of, also after it has died and another has taken its place', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-sentinel-'))
    await using master = await RedisServer.start()
    await using replica = await RedisServer.start([
      '--replicaof',
      '127.0.0.1',
      `${master.port}`,
      '--repl-diskless-sync-delay',
      '0',
    ])
    await using sentinel = await startSentinel(folder.path, master)
    const addrs = [`127.0.0.1:${await closedPort()}`, `127.0.0.1:${sentinel.port}`]
    await using store = await open({ addrs, master_name: 'mymaster', sentinel_password: 'watch', timeout: 1 })
    await store.sessions.set('before', { alias: 'before' })
    assert.equal(store.status().status, 'pass')

    const onReplica = await openClient(replica.port)
    await until('the replica to have it', async () => (await onReplica.keys('*')).includes('apikey-before'), PATIENCE_MS)
    const watcher = await openClient(sentinel.port)
    await watcher.sendCommand(['AUTH', 'watch'])
    const knowsReplica = async () =>
      JSON.stringify(await watcher.sendCommand(['SENTINEL', 'replicas', 'mymaster'])).includes(`${replica.port}`)
    await until('the sentinel to know the replica', knowsReplica, PATIENCE_MS)

    await master.kill()
    await until(
      'the store to take writes again',
      () =>
        store.sessions.set('after', {}).then(
          () => true,
          () => false,
        ),
      PATIENCE_MS,
    )
    assert.deepEqual((await store.sessions.keys()).sort(), ['after', 'before'])
    assert.equal((await onReplica.keys('*')).includes('apikey-after'), true)
    onReplica.destroy()
    watcher.destroy()
  })

  test('is away as long as no sentinel knows it', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'postern-sentinel-'))
    await using master = await RedisServer.start()
    await using sentinel = await startSentinel(folder.path, master)
    await using store = await open({ addrs: [`127.0.0.1:${sentinel.port}`], master_name: 'another', sentinel_password: 'watch' })
    await assert.rejects(store.sessions.set('abc', {}), {
      code: 'store_away',
      message:
        /^Reach the store "redis\+sentinel:\/\/127\.0\.0\.1:\d+\/another" failed: no sentinel tells .* knows no master "another"$/,
    })
    assert.equal(store.status().status, 'fail')
  })
})
