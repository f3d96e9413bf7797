import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from '@msgpack/msgpack'
import { createClient } from '@redis/client'
import { openStage, type Stage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { RedisServer, withoutServer } from '../store/redis-server.ts'

const LIST = 'analytics-tyk-system-analytics'

async function openRedisStage(port: number, analytics: object = {}, definition: object = {}): Promise<Stage> {
  return openStage({
    definition: { ...definition },
    config: {
      enable_analytics: true,
      analytics_config: analytics,
      storage: { type: 'redis', host: '127.0.0.1', port },
    },
  })
}

async function request({ port }: Stage): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/api/get`, { headers: { 'User-Agent': 'tester' } })
  await response.arrayBuffer()
  assert.equal(response.status, 200)
}

async function clientOf(port: number) {
  const client = createClient({ socket: { host: '127.0.0.1', port }, RESP: 2 })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.destroy() })
}

test('records are in the list that tyk-pump reads, as it reads them', { skip: withoutServer }, async () => {
  await using server = await RedisServer.start()
  await using stage = await openRedisStage(server.port, { storage_expiration_time: 30 })
  await using client = await clientOf(server.port)
  const before = Date.now()
  await request(stage)
  const text = await until(
    'a record',
    () => client.withTypeMapping({ 36: Buffer }).lPop(LIST) as unknown as Promise<Buffer | null>,
  )
  const record = decode(text) as Record<string, unknown>
  const { TimeStamp, ExpireAt, RequestTime, Latency, Day, Month, Year, Hour, ...rest } = record
  const [seconds, nanoseconds] = TimeStamp as [number, number]
  const at = seconds * 1000 + nanoseconds / 1_000_000
  assert.ok(at >= before - 1 && at <= Date.now(), 'seconds and nanoseconds')
  assert.ok(((ExpireAt as number[])[0] as number) > before / 1000 + 99 * 365 * 86_400, 'it does not end')
  assert.ok(Number.isInteger(RequestTime), 'whole milliseconds')
  for (const part of ['Total', 'Upstream', 'Gateway'])
    assert.ok(Number.isInteger((Latency as Record<string, number>)[part]), part)
  const time = new Date(at)
  assert.deepEqual(
    [Day, Month, Year, Hour],
    [time.getUTCDate(), time.getUTCMonth() + 1, time.getUTCFullYear(), time.getUTCHours()],
  )
  assert.deepEqual(rest, {
    Method: 'GET',
    Host: `127.0.0.1:${stage.port}`,
    Path: '/api/get',
    RawPath: '/api/get',
    OriginalPath: '/api/get',
    ListenPath: '/api/',
    ContentLength: -1,
    UserAgent: 'tester',
    ResponseCode: 200,
    APIKey: '',
    APIVersion: 'Non Versioned',
    APIName: 'Test API',
    APIID: 'test-api',
    OrgID: 'default',
    OauthID: '',
    Alias: '',
    RawRequest: '',
    RawResponse: '',
    IPAddress: '127.0.0.1',
    Tags: ['org-default', 'api-test-api'],
    TrackPath: false,
    ErrorCode: '',
    Plugin: '',
    PluginHook: '',
    PluginErrors: [],
    Geo: {
      Country: { ISOCode: '' },
      City: { GeoNameID: 0, Names: {} },
      Location: { Latitude: 0, Longitude: 0, TimeZone: '' },
    },
    Network: { OpenConnections: 0, ClosedConnection: 0, BytesIn: 0, BytesOut: 0 },
    ApiSchema: '',
  })
  await request(stage)
  await until('a list that ends', async () => (await client.ttl(LIST)) > 0)
  assert.ok((await client.ttl(LIST)) <= 30)
})

test('records are spread over ten lists where that is asked for', { skip: withoutServer }, async () => {
  await using server = await RedisServer.start()
  await using stage = await openRedisStage(server.port, { enable_multiple_analytics_keys: true, storage_expiration_time: 0 })
  await using client = await clientOf(server.port)
  await until('a second list', async () => {
    await request(stage)
    return (await client.keys(`${LIST}_*`)).length > 1
  })
  for (const key of await client.keys(`${LIST}*`)) {
    assert.match(key, /_[0-9]$/)
    assert.equal(await client.ttl(key), -1, 'they do not end')
  }
})

test('a Redis that goes away keeps no request waiting, and records go on when it is back', { skip: withoutServer }, async () => {
  await using server = await RedisServer.start()
  await using stage = await openRedisStage(server.port)
  await request(stage)
  await server.kill()
  await request(stage)
  await stage.gateway.log.waitFor('Write records of requests (analytics_config.type \\"redis\\") failed')
  await request(stage)
  await server.start()
  await until('the records to be written again', async () => {
    await request(stage)
    return stage.gateway.log.lines.some((line) => line.includes('Records of requests are written again'))
  })
})
