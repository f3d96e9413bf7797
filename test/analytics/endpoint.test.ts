import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AdminStage, openAdmin } from '../admin/admin-stage.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Answer: Plugin = (c) => {
  if (c.req.path.endsWith('/answer')) return c.text('answered', 403)
}
`

/** The gateways of these tests, for what their answers were. */
const stages: AdminStage[] = []

interface Traffic extends AdminStage {
  /** How many requests the records of this question are. */
  count(question: string): Promise<number>
}

/** A gateway that has recorded: /one/a twice, /one/answer once, both by `robot`, /two/b thrice, and a refusal. */
async function openTraffic(config: object = {}): Promise<Traffic> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const hooks = { driver: 'jsplugin', pre: [{ name: 'Answer', path: 'plugin.js' }] }
  const one = definition(upstream.url, {
    api_id: 'one',
    use_keyless: false,
    use_standard_auth: true,
    custom_middleware: { ...hooks, post_key_auth: [] },
    proxy: { listen_path: '/one/' },
  })
  const two = definition(upstream.url, { api_id: 'two', proxy: { listen_path: '/two/' } })
  const admin = resources.use(
    await openAdmin({
      definitions: { 'one.json': one, 'two.json': two },
      artifacts: { 'plugin.js': await compiledText(plugin) },
      config: { enable_analytics: true, allow_master_keys: true, ...config },
    }),
  )
  stages.push(admin)
  await admin.store.sessions.set('robot', { org_id: 'default' })
  for (const path of ['/one/a', '/one/a']) assert.equal(await admin.request(path, 'robot'), 200)
  assert.equal(await admin.request('/one/answer', 'robot'), 403)
  for (let i = 0; i < 3; i++) assert.equal(await admin.request('/two/b', ''), 200)
  assert.equal(await admin.request('/one/a', 'stranger'), 403)
  const opened = resources.move()
  return {
    ...admin,
    count: async (question) => (await admin.call(`GET /tyk/analytics${question}`)).json.total.requests,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function recorded(traffic: Traffic): Promise<void> {
  await until('7 records', async () => (await traffic.count('')) === 7)
}

type Group = { group: string | number; requests: number; errors: number }

function groupsOf({ json }: { json: { groups: Group[] } }): [string | number, number, number][] {
  return json.groups.map(({ group, requests, errors }) => [group, requests, errors])
}

test('GET /tyk/analytics counts by API, key, status, path, plugin and time', async () => {
  await using traffic = await openTraffic()
  await recorded(traffic)
  const by = async (question: string) => groupsOf(await traffic.call(`GET /tyk/analytics?${question}`))
  assert.deepEqual(await by('group_by=api'), [
    ['one', 4, 2],
    ['two', 3, 0],
  ])
  assert.deepEqual(await by('group_by=key'), [
    ['', 5, 2],
    ['robot', 2, 0],
  ])
  assert.deepEqual(await by('group_by=status'), [
    [200, 5, 0],
    [403, 2, 2],
  ])
  assert.deepEqual(await by('group_by=path'), [
    ['/one/a', 3, 1],
    ['/two/b', 3, 0],
    ['/one/answer', 1, 1],
  ])
  assert.deepEqual(await by('group_by=plugin'), [
    ['', 6, 1],
    ['Answer', 1, 1],
  ])
  const [time, ...others] = await by('group_by=time&bucket=1d')
  assert.match(String(time?.[0]), /T00:00:00\.000Z$/)
  assert.equal((time?.[1] ?? 0) + (others[0]?.[1] ?? 0), 7, 'midnight may come in between')
})

test('each parameter narrows the question', async () => {
  await using traffic = await openTraffic()
  await recorded(traffic)
  for (const [question, requests] of [
    ['?api=two', 3],
    ['?api=one&status=2xx', 2],
    ['?status=403', 2],
    ['?status=5XX', 0],
    ['?path=/one/a', 3],
    ['?plugin=Answer', 1],
    ['?key=robot', 2],
    ['?key=nobody', 0],
    ['?to=2020-01-01T00:00:00Z', 0],
    ['?from=1600000000&to=1600000001', 0],
    ['?from=2020-01-01', 7],
  ] as const)
    assert.equal(await traffic.count(question), requests, question)
})

test('of more groups than were asked for the largest are answered', async () => {
  await using traffic = await openTraffic()
  await recorded(traffic)
  const { json } = await traffic.call('GET /tyk/analytics?group_by=path&limit=2')
  assert.deepEqual([json.groups.length, json.truncated], [2, true])
  const all = await traffic.call('GET /tyk/analytics?group_by=path&limit=3')
  assert.deepEqual([all.json.groups.length, all.json.truncated], [3, false])
})

test('latencies have percentiles, those of the upstream too', async () => {
  await using traffic = await openTraffic()
  await recorded(traffic)
  const { latency_ms: all, upstream_ms: upstream } = (await traffic.call('GET /tyk/analytics?api=two')).json.total
  for (const { mean, p50, p95, p99, max } of [all, upstream]) {
    assert.ok(mean > 0 && p50 > 0 && p50 <= p95 && p95 <= p99 && p99 <= max, JSON.stringify({ mean, p50, p95, p99, max }))
  }
  assert.ok(upstream.mean < all.mean)
  const { json } = await traffic.call('GET /tyk/analytics?plugin=Answer')
  assert.equal(json.total.upstream_ms.max, 0, 'it was not asked')
})

test('what is wrong with a question is told, all at once', async () => {
  await using traffic = await openTraffic()
  const { status, json } = await traffic.call(
    'GET /tyk/analytics?from=yesterday&to=1&status=99&group_by=user&bucket=1m&limit=0&grup_by=api',
  )
  assert.equal(status, 400)
  assert.deepEqual(json, {
    status: 'error',
    message: 'Request malformed',
    problems: [
      'grup_by: unknown parameter; did you mean "group_by"?',
      'from: expected a time as ISO 8601 or in Unix seconds, found "yesterday"',
      'group_by: expected one of api, key, status, path, plugin, time, found "user"',
      'status: expected a status such as "404", or a class such as "5xx", found "99"',
      'bucket: expected none without "group_by=time", found "1m"',
      'limit: expected a whole number from 1 to 1000, found "0"',
    ],
  })
  for (const bucket of ['0s', '5', '1w', '99999999m']) {
    const answer = await traffic.call(`GET /tyk/analytics?group_by=time&bucket=${bucket}`)
    assert.deepEqual([answer.status, answer.json.problems.length], [400, 1], bucket)
  }
  const backwards = await traffic.call('GET /tyk/analytics?from=20&to=10')
  assert.deepEqual(backwards.json.problems, ['from: expected a time before `to`, found "1970-01-01T00:00:20.000Z"'])
  await traffic.refuseStrangers('/tyk/analytics')
})

test('where nothing is recorded, or not in a database, it says what to change', async () => {
  await using off = await openAdmin()
  await using lines = await openAdmin({ config: { enable_analytics: true, analytics_config: { type: 'file' } } })
  stages.push(off, lines)
  const none = await off.call('GET /tyk/analytics')
  assert.deepEqual([none.status, none.json.message], [404, 'Requests are not recorded; set enable_analytics in gateway.conf'])
  const file = await lines.call('GET /tyk/analytics')
  assert.equal(file.status, 501)
  assert.match(file.json.message, /^Records go to "file", which is not asked; set analytics_config\.type to "sqlite"/)
})

test('a file that is no database of records is left alone, and traffic goes on', async () => {
  await using traffic = await openTraffic()
  await recorded(traffic)
  await using other = await openAdmin({
    definitions: { 'api.json': definition('http://127.0.0.1:1', { proxy: { listen_path: '/down/' } }) },
    files: { 'data/analytics.db': 'these are not the records that you are looking for, and long enough to be no database' },
    config: { enable_analytics: true },
  })
  stages.push(other)
  assert.equal(await other.request('/down/x', ''), 500)
  await other.log.waitFor('Write records of requests (analytics_config.type \\"sqlite\\") failed')
  const { status, json } = await other.call('GET /tyk/analytics')
  assert.deepEqual([status, json.message], [500, 'The records of requests cannot be read'])
  assert.equal(await other.request('/down/x', ''), 500)
})

test('every answer that the document has for it was seen', async () => {
  await using last = await openAdmin()
  for (const stage of stages) last.alsoSeen(stage)
  assert.deepEqual(last.unseen('/tyk/analytics'), [])
})
