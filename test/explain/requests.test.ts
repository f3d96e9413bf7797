import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AdminStage, keyApi, openAdmin } from '../admin/admin-stage.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { stepLines } from '../harness/explained.ts'
import { openConnection } from '../harness/raw-client.ts'
import { answerOk, type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

const plugin = `
import type { Plugin } from 'postern/plugin'

export const Choose: Plugin = async (c) => {
  const wish = c.req.header('Wish')
  if (wish === 'answer') return c.text('answered', 418)
  if (wish === 'throw') throw new Error('the plugin is broken')
  if (wish !== 'wait') return
  c.var.log.info('the plugin waits')
  await new Promise(() => {})
}
`

let upstream: RawUpstream
let stage: AdminStage

before(async () => {
  upstream = await startUpstream()
  const use = { name: 'Choose', path: 'plugin.js' }
  const plugged = { custom_middleware: { driver: 'jsplugin', pre: [use] }, proxy: { listen_path: '/plugged/' } }
  const definitions = {
    'keys.json': keyApi(upstream, 'keys'),
    'plugged.json': definition(upstream.url, { api_id: 'plugged', name: 'Plugged', ...plugged }),
  }
  const artifacts = { 'plugin.js': await compiledText(plugin) }
  stage = await openAdmin({ definitions, artifacts, config: { explain: { max_requests: 8, max_failed: 2, steps: true } } })
})
after(async () => {
  await stage?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

async function send(path: string, { method = 'GET', headers = {}, body }: RequestInit = {}): Promise<number> {
  const response = await fetch(stage.gateway.url + path, { method, headers, ...(body !== undefined && { body }) })
  await response.arrayBuffer()
  return response.status
}

/** The newest requests, once there is one on this path. */
async function list(query: string, path: string) {
  await until(`a request on ${path}`, async () => {
    const { json } = await stage.call(`GET /tyk/requests?path=${path}`)
    return json.requests.length > 0
  })
  return (await stage.call(`GET /tyk/requests?${query}`)).json.requests
}

describe('the requests that are kept', () => {
  test('tell who asked for what, and how it went, without anything secret', async () => {
    await stage.call('POST /tyk/keys/secretkey', { body: { org_id: 'acme', access_rights: { keys: { api_id: 'keys' } } } })
    const headers = { Authorization: 'acmesecretkey', 'X-Secret': 'secret-header' }
    await send('/keys/told?token=secret-value&plain&a%20b=c', { method: 'POST', headers, body: 'secret-body' })
    const [found] = await list('path=/keys/told', '/keys/told')
    const { id, time, total_ms: total, upstream: answered, steps, ...rest } = found
    assert.deepEqual(rest, {
      worker: 1,
      api_id: 'keys',
      api_name: 'Test API',
      api_version: 'Default',
      method: 'POST',
      path: '/keys/told',
      query: ['token', '…', 'a%20b'],
      status: 200,
      api_key: '****tkey',
      client_ip: '127.0.0.1',
    })
    assert.match(id, /^[\da-f]{8}-[\da-f]{4}-7/)
    assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000, time)
    assert.deepEqual({ ...answered, ms: 0 }, { addr: `127.0.0.1:${upstream.port}`, status: 200, ms: 0 })
    assert.ok(answered.ms > 0 && answered.ms <= total, `${answered.ms} of ${total}`)
    for (const step of steps) assert.ok(step.ms >= 0 && step.at_ms >= 0 && step.at_ms + step.ms <= total, JSON.stringify(step))
    assert.doesNotMatch(JSON.stringify(found), /secret/)
    assert.deepEqual((await stage.call(`GET /tyk/requests/${id}`)).json, found)
  })

  test('are listed from the newest on, by what is asked for', async () => {
    await send('/plugged/one')
    await send('/plugged/two', { headers: { Wish: 'answer' } })
    await send('/plugged/three', { headers: { Wish: 'throw' } })
    await send('/keys/four', { method: 'PUT' })
    const paths = async (query: string) => (await list(query, '/keys/four')).map(({ path }: { path: string }) => path)
    assert.deepEqual((await paths('limit=4')).slice(0, 4), ['/keys/four', '/plugged/three', '/plugged/two', '/plugged/one'])
    assert.deepEqual(await paths('limit=1'), ['/keys/four'])
    assert.deepEqual(await paths('status=5xx'), ['/plugged/three'])
    assert.deepEqual(await paths('status=418'), ['/plugged/two'])
    assert.deepEqual(await paths('status=4xx'), ['/keys/four', '/plugged/two'])
    assert.deepEqual(await paths('api=plugged&path=/plugged/t'), ['/plugged/three', '/plugged/two'])
    assert.deepEqual(await paths('method=put'), ['/keys/four'])
    assert.deepEqual(await paths('code=plugin_threw'), ['/plugged/three'])
    assert.deepEqual(await paths('code=auth_field_missing'), ['/keys/four'])
    assert.deepEqual(await paths('step=Choose&status=200'), ['/plugged/one'])
    assert.deepEqual(await paths('slower_than=86400000'), [])
    const [answered] = await list('status=418', '/keys/four')
    assert.deepEqual(answered.answered_by, { name: 'Choose', hook: 'pre' })
    const [failed] = await list('status=500', '/keys/four')
    assert.deepEqual(failed.error, { code: 'plugin_threw', message: 'the plugin is broken' })
    assert.deepEqual(failed.plugin_failures, [{ name: 'Choose', hook: 'pre', code: 'plugin_threw', skipped: false }])
  })

  test('are so many and no more; those that failed stay longer', async () => {
    for (const number of [1, 2, 3]) await send(`/plugged/failed-${number}`, { headers: { Wish: 'throw' } })
    for (let number = 1; number <= 9; number += 1) await send(`/plugged/fine-${number}`)
    const all = await list('limit=1000', '/plugged/fine-9')
    // One may have ended after the next, of another connection: the order is that of the ends.
    assert.deepEqual(all.map(({ path }: { path: string }) => path).sort(), [
      '/plugged/failed-2',
      '/plugged/failed-3',
      ...[2, 3, 4, 5, 6, 7, 8, 9].map((number) => `/plugged/fine-${number}`),
    ])
    const { id } = all.find(({ path }: { path: string }) => path === '/plugged/failed-2')
    assert.equal((await stage.call(`GET /tyk/requests/${id}`)).json.path, '/plugged/failed-2')
  })

  test('tell of clients that went away, and of what they did not wait for', async () => {
    for (const [path, lines] of [
      ['/plugged/gone', ['pre Choose: gone']],
      ['/keyless/gone', ['proxy proxy: gone (client_closed)']],
    ] as const) {
      await stage.folder.writeDefinition(
        'keyless.json',
        definition(upstream.url, { api_id: 'keyless', name: 'Keyless', proxy: { listen_path: '/keyless/' } }),
      )
      await stage.gateway.reload()
      const before = upstream.requests.length
      upstream.script = async () => {}
      using client = await openConnection(stage.gateway.port)
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nWish: wait\r\n\r\n`)
      if (path.startsWith('/keyless')) await until('the upstream to be asked', () => upstream.requests.length > before)
      else await stage.log.waitFor('the plugin waits')
      client.abort()
      const [found] = await list(`path=${path}`, path)
      assert.deepEqual([found.status, found.error.code, stepLines(found)], [499, 'client_closed', lines])
    }
    upstream.script = answerOk
  })

  test('are found by nothing that they do not have', async () => {
    assert.equal((await stage.call('GET /tyk/requests/none')).status, 404)
    for (const [query, problem] of [
      ['status=6xx', 'status: expected a status such as 502, or a class such as 5xx, found "6xx"'],
      ['limit=many', 'limit: expected a whole number of at most 1000, found "many"'],
      ['limit=1001', 'limit: expected a whole number of at most 1000, found "1001"'],
      ['slower_than=-1', 'slower_than: expected a whole number of at most 86400000, found "-1"'],
    ] as const) {
      const { status, json } = await stage.call(`GET /tyk/requests?${query}`)
      assert.deepEqual([status, json], [400, { status: 'error', message: 'Query malformed', problems: [problem] }])
    }
  })
})

test('unless more is asked for, requests that failed are kept, without their steps', async () => {
  const use = { name: 'Choose', path: 'plugin.js' }
  await using bare = await openAdmin({
    definitions: { 'api.json': definition(upstream.url, { custom_middleware: { driver: 'jsplugin', pre: [use] } }) },
    artifacts: { 'plugin.js': await compiledText(plugin) },
  })
  for (const wish of ['none', 'throw', 'answer'])
    await (await fetch(`${bare.gateway.url}/api/${wish}`, { headers: { Wish: wish } })).text()
  const found = await until('the request', async () => (await bare.call('GET /tyk/requests')).json.requests[0])
  assert.equal(found.steps, undefined)
  assert.deepEqual(found.plugin_failures, [{ name: 'Choose', hook: 'pre', code: 'plugin_threw', skipped: false }])
  const all = (await bare.call('GET /tyk/requests')).json.requests
  assert.deepEqual(
    all.map(({ path }: { path: string }) => path),
    ['/api/throw'],
  )
})

test('nothing is kept where that is turned off', async () => {
  await using off = await openAdmin({ config: { explain: { enabled: false } } })
  for (const path of ['/tyk/requests', '/tyk/requests/one']) {
    const { status, json } = await off.call(`GET ${path}`)
    assert.deepEqual([status, json.message], [404, 'Requests are not kept; set explain.enabled in gateway.conf'])
  }
  stage.alsoSeen(off)
})

test('every answer that the document has for them was seen', async () => {
  await stage.refuseStrangers('/tyk/requests')
  assert.deepEqual(stage.unseen('/tyk/requests'), [])
})
