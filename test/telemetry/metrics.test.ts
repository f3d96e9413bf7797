import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { exchange, openConnection } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { scrape } from './scrape.ts'

const get = (path: string, method = 'GET') => `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

async function measured(options: StageOptions = {}): Promise<Stage & { readonly metrics: number }> {
  const metrics = await closedPort()
  const stage = await openStage({ ...options, config: { metrics: { port: metrics, address: '127.0.0.1' }, ...options.config } })
  return { ...stage, metrics, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() }
}

/** The metrics, once a value is there. */
async function whenever(port: number, name: string, labels: Readonly<Record<string, string>>, value: number) {
  return await until(`${name} ${JSON.stringify(labels)} to be ${value}`, async () => {
    const found = await scrape(port)
    return found.value(name, labels) === value ? found : null
  })
}

describe('metrics', () => {
  test('count requests by API, method and status, and time them and the upstream', async () => {
    await using stage = await measured()
    await exchange(stage.port, get('/api/'))
    await exchange(stage.port, get('/api/'))
    await exchange(stage.port, get('/api/', 'PROPFIND'))
    await exchange(stage.port, get('/nowhere'))
    await exchange(stage.port, get('/api/%2e%2e/x'))
    const found = await whenever(stage.metrics, 'postern_requests_total', { api_id: 'test-api' }, 3)
    assert.equal(found.value('postern_requests_total', { api_id: 'test-api', method: 'GET', status: '2xx', worker: '1' }), 2)
    assert.equal(found.value('postern_requests_total', { method: 'other', status: '2xx' }), 1)
    for (const name of ['postern_request_duration_seconds', 'postern_upstream_duration_seconds']) {
      assert.equal(found.types.get(name), 'histogram')
      assert.equal(found.value(`${name}_count`, { api_id: 'test-api' }), 3)
      assert.equal(found.value(`${name}_bucket`, { api_id: 'test-api', le: '+Inf' }), 3)
      const sum = found.value(`${name}_sum`, { api_id: 'test-api' }) as number
      assert.ok(sum > 0 && sum < 60, String(sum))
      const buckets = found.samples.filter((sample) => sample.name === `${name}_bucket`).map(({ value }) => value)
      assert.deepEqual(
        buckets,
        buckets.toSorted((a, b) => a - b),
        'buckets add up',
      )
    }
    assert.equal(found.value('postern_unserved_requests_total', { code: 'not_found' }), 1)
    assert.equal(found.value('postern_unserved_requests_total', { code: 'path_leaves_api' }), 1)
  })

  test('count what is refused for limits, what the cache has answered, and what failed', async () => {
    await using stage = await measured({
      definition: {
        global_rate_limit: { rate: 3, per: 600 },
        cache_options: { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true },
      },
      script: async (call) => {
        await call.receive()
        if (call.request.target === '/reset') call.close('reset')
        else await call.answer(200, [], 'ok')
      },
    })
    for (const path of ['a', 'a', 'reset', 'b']) await exchange(stage.port, get(`/api/${path}`))
    const found = await whenever(stage.metrics, 'postern_requests_total', { api_id: 'test-api' }, 4)
    assert.equal(found.value('postern_limits_refused_total', { api_id: 'test-api', limit: 'api_rate' }), 1)
    assert.equal(found.value('postern_request_errors_total', { code: 'api_rate_limit_exceeded' }), 1)
    assert.equal(found.value('postern_request_errors_total', { code: 'upstream_failed' }), 1)
    assert.equal(found.value('postern_cache_hits_total', { api_id: 'test-api' }), 1)
  })

  test('tell how many requests are under way', async () => {
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    await using stage = await measured({
      script: async (call) => {
        await finished
        await call.answer(200, [], 'ok')
      },
    })
    const response = exchange(stage.port, get('/api/'))
    await whenever(stage.metrics, 'postern_requests_in_flight', {}, 1)
    // A reload waits for it; it is still there.
    await stage.gateway.reload()
    await whenever(stage.metrics, 'postern_requests_in_flight', {}, 1)
    finish()
    await response
    await whenever(stage.metrics, 'postern_requests_in_flight', {}, 0)
  })

  test('tell of loads, the store, the process and its event loop', async () => {
    await using stage = await measured()
    await stage.gateway.folder.writeDefinition('wrong.json', '{')
    await stage.gateway.reload()
    const found = await scrape(stage.metrics)
    assert.equal(found.value('postern_reloads_total', { result: 'ok' }), 1)
    assert.equal(found.value('postern_reloads_total', { result: 'partial' }), 1)
    assert.equal(found.value('postern_reload_duration_seconds_count'), 2)
    assert.equal(found.value('postern_definitions_failed'), 1)
    assert.equal(found.value('postern_api_info', { api_id: 'test-api', api_name: 'Test API', listen_path: '/api/' }), 1)
    assert.equal(found.value('postern_store_status', { type: 'memory', status: 'pass' }), 1)
    assert.equal(found.value('postern_store_status', { status: 'fail' }), 0)
    assert.equal(found.value('postern_workers'), 1)
    assert.equal(found.value('postern_worker_answered', { worker: '1' }), 1)
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds']) {
      assert.ok((found.value(name) as number) > 0, name)
    }
    assert.ok((found.value('postern_event_loop_lag_seconds', { quantile: '0.99' }) as number) >= 0)
  })

  test('forget APIs that are served no more', async () => {
    await using upstream = await startUpstream()
    const port = await closedPort()
    const api = (id: string) => definition(upstream.url, { api_id: id, proxy: { listen_path: `/${id}/` } })
    await using gateway = await startGateway({
      definitions: { 'one.json': api('one'), 'two.json': api('two') },
      config: { metrics: { port } },
    })
    for (const id of ['one', 'two']) await exchange(gateway.port, get(`/${id}/`))
    await whenever(port, 'postern_requests_total', { api_id: 'two' }, 1)
    await gateway.folder.writeDefinition('two.json', api('three'))
    await gateway.reload()
    await exchange(gateway.port, get('/three/'))
    const found = await whenever(port, 'postern_requests_total', { api_id: 'three' }, 1)
    assert.equal(found.value('postern_requests_total', { api_id: 'two' }), undefined)
    assert.equal(found.value('postern_requests_total', { api_id: 'one' }), 1)
  })
})

describe('the port for metrics', () => {
  test('has one path, and takes nothing but GET and HEAD', async () => {
    const port = await closedPort()
    await using _ = await openStage({ config: { metrics: { port, path: '/numbers' } } })
    await scrape(port, '/numbers?format=any')
    assert.equal((await exchange(port, get('/metrics'))).status, 404)
    assert.equal((await exchange(port, get('/numbers', 'POST'))).status, 405)
    const head = await exchange(port, get('/numbers', 'HEAD'))
    assert.deepEqual([head.status, head.text], [200, ''])
  })

  test('is waited for, with one line, where another program has it', async () => {
    const other = createServer((_, outgoing) => outgoing.end('other')).listen(0)
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    await using stage = await openStage({ config: { metrics: { port } } })
    assert.equal((await exchange(stage.port, get('/api/'))).status, 200)
    const line = JSON.parse(await stage.gateway.log.waitFor('metrics_not_served'))
    assert.match(line.msg, new RegExp(`Serve metrics on port ${port} failed: .*EADDRINUSE`))
    other.close()
    other.closeAllConnections()
    await until('the port', () => scrape(port).catch(() => null))
    assert.equal(stage.gateway.log.lines.filter((each) => each.includes('metrics_not_served')).length, 1)
  })

  test('cuts off who asks and does not read, or does not even ask', async () => {
    await using stage = await measured()
    const idle = connect(stage.metrics, '127.0.0.1')
    using slow = await openConnection(stage.metrics)
    await slow.send(get('/metrics'))
    await scrape(stage.metrics)
    assert.equal((await exchange(stage.port, get('/api/'))).status, 200)
    // The gateway ends all the same.
    await stage[Symbol.asyncDispose]()
    idle.destroy()
  })
})
