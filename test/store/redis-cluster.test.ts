import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'
import { testStore } from './contract.ts'
import { ageKeys, openClient, RedisServer, settingsOf, withoutServer } from './redis-server.ts'

const nodes = withoutServer ? [] : await startCluster()
const clients = await Promise.all(nodes.map(({ port }) => openClient(port)))
after(async () => {
  for (const client of clients) client.destroy()
  for (const node of nodes) await node[Symbol.asyncDispose]()
})

async function startCluster(): Promise<RedisServer[]> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000', '--appendonly', 'yes']
  const servers = await Promise.all([1, 2, 3].map(() => RedisServer.start(args)))
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`)
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { timeout: 30_000 })
  const [{ port }] = servers as [RedisServer]
  const client = await openClient(port)
  await until('a cluster', async () => (await client.sendCommand(['CLUSTER', 'INFO'])) as string, 20_000)
  await until(
    'a whole cluster',
    async () => /cluster_state:ok/.test(String(await client.sendCommand(['CLUSTER', 'INFO']))),
    20_000,
  )
  client.destroy()
  return servers
}

function open(clock?: () => number): Promise<Store> {
  const addrs = nodes.slice(0, 2).map(({ port }) => `127.0.0.1:${port}`)
  const settings = settingsOf(1, { addrs, enable_cluster: true, ...(clock ? {} : { timeout: 0.5 }) })
  return openRedisStore({ settings, cacheBytes: 1_000_000, onTrouble: () => {}, ...(clock && { clock }) })
}

testStore(
  'the store in a Redis cluster',
  async () => {
    let now = 1_700_000_000_000
    for (const client of clients) await client.flushAll()
    const store = await open(() => now)
    const advance = async (seconds: number) => {
      const milliseconds = Math.round(seconds * 1000)
      now += milliseconds
      for (const client of clients) await ageKeys((args) => client.sendCommand(args), milliseconds)
    }
    return { store, advance }
  },
  { skip: withoutServer },
)

test('a cluster that loses a node is away, and is found again when it is whole', { skip: withoutServer }, async () => {
  const store = await open()
  const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`)
  for (const key of keys) await store.sessions.set(key, { alias: key })
  assert.deepEqual((await store.sessions.keys({ prefix: 'key-' })).sort(), keys.sort())
  const [, , third] = nodes as [RedisServer, RedisServer, RedisServer]
  await third.kill()
  await until('the loss', async () => store.status().status === 'warn', 20_000)
  const began = performance.now()
  for (const key of keys) assert.deepEqual(await store.sessions.get(key), { alias: key })
  const rule = { algorithm: 'sliding-window', limit: 5, windowMs: 60_000 } as const
  const verdicts = await Promise.all(keys.map(async () => store.counters.take('key', rule)))
  assert.equal(verdicts.filter(({ allowed }) => allowed).length, 5)
  assert.ok(performance.now() - began < 1000)
  await third.start()
  await until(
    () => `the return, found ${JSON.stringify(store.status())}`,
    () => store.status().status === 'pass',
    30_000,
  )
  for (const key of keys) assert.deepEqual(await store.sessions.get(key), { alias: key })
  await store.close()
})
