import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

type Line = Readonly<Record<string, unknown>>

const isLine = (text: string) => text.includes('"prefix":"access-log"')

/** The line that a request leaves. */
async function lineOf({ gateway, port }: Pick<Stage, 'gateway' | 'port'>, request: string): Promise<Line> {
  const before = gateway.log.lines.filter(isLine).length
  await exchange(port, request)
  const text = await until('a line of the access log', () => gateway.log.lines.filter(isLine)[before])
  return JSON.parse(text)
}

const get = (path: string, ...headers: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`

const logged = (options: StageOptions = {}) =>
  openStage({ ...options, config: { access_logs: { enabled: true }, ...options.config } })

describe('the access log', () => {
  test('tells of a request what the reference has, and nothing that the query or a header keeps secret', async () => {
    await using stage = await logged()
    const trace = '0123456789abcdef0123456789abcdef'
    const request = get(
      '/api/a%20b/"c?token=hidden',
      'User-Agent: test "agent"',
      'Authorization: hidden',
      'Cookie: session=hidden',
      `traceparent: 00-${trace}-0123456789abcdef-01`,
    )
    const { time, request_id, latency_total, upstream_latency, latency_gateway, remote_addr, ...rest } = await lineOf(
      stage,
      request,
    )
    assert.deepEqual(rest, {
      level: 'info',
      prefix: 'access-log',
      api_id: 'test-api',
      api_name: 'Test API',
      org_id: 'default',
      api_type: 'http',
      api_version: 'Default',
      client_ip: '127.0.0.1',
      host: 'a.example',
      method: 'GET',
      path: '/api/a%20b/"c',
      original_path: '/api/a%20b/"c',
      protocol: 'HTTP/1.1',
      status: 200,
      upstream_addr: `127.0.0.1:${stage.upstream.port}`,
      upstream_status: 200,
      user_agent: 'test "agent"',
      trace_id: trace,
    })
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.match(String(request_id), /^[\da-f]{8}-[\da-f]{4}-7/)
    assert.match(String(remote_addr), /^127\.0\.0\.1:\d+$/)
    assert.ok(Number(latency_total) >= Number(upstream_latency))
    assert.ok(Math.abs(Number(upstream_latency) + Number(latency_gateway) - Number(latency_total)) < 0.01)
    assert.doesNotMatch(stage.gateway.log.lines.join('\n'), /hidden/)
  })

  test('has the fields of its template alone', async () => {
    await using stage = await logged({ config: { access_logs: { enabled: true, template: ['status', 'api_id', 'method'] } } })
    const { time, ...rest } = await lineOf(stage, get('/api/'))
    assert.deepEqual(rest, { level: 'info', prefix: 'access-log', api_id: 'test-api', method: 'GET', status: 200 })
    const stranger = await lineOf(stage, get('/api/../x'))
    assert.deepEqual({ ...stranger, time }, { level: 'info', time, prefix: 'access-log', method: 'GET', status: 400 })
  })

  test('is written where its level is', async () => {
    await using stage = await logged()
    await lineOf(stage, get('/api/'))
    const lines = stage.gateway.log.lines.filter(isLine).length
    const level = (to: string) =>
      fetch(`http://127.0.0.1:${stage.port}/tyk/log/level`, {
        method: 'PUT',
        headers: { 'X-Tyk-Authorization': 'test-secret' },
        body: JSON.stringify({ level: to }),
      })
    await level('warn')
    await exchange(stage.port, get('/api/'))
    await level('info')
    await lineOf(stage, get('/api/'))
    assert.equal(stage.gateway.log.lines.filter(isLine).length, lines + 1)
  })

  test('has a line for what is refused, and for what leads nowhere if it is to', async () => {
    await using stage = await logged({ config: { access_logs: { enabled: true }, track_404_logs: true } })
    const nowhere = await lineOf(stage, get('/nowhere?token=hidden', 'User-Agent: lost'))
    assert.partialDeepStrictEqual(nowhere, {
      client_ip: '127.0.0.1',
      host: 'a.example',
      method: 'GET',
      path: '/nowhere',
      protocol: 'HTTP/1.1',
      status: 404,
      user_agent: 'lost',
      response_flag: 'NRS',
      response_code_details: 'not_found',
      error_source: 'client',
    })
    const outside = await lineOf(stage, get('/api/%2e%2e/x'))
    assert.partialDeepStrictEqual(outside, { status: 400, response_code_details: 'path_leaves_api', path: '/api/%2e%2e/x' })

    await using silent = await logged()
    await exchange(silent.port, get('/nowhere'))
    await lineOf(silent, get('/api/'))
    assert.equal(silent.gateway.log.lines.filter(isLine).length, 1)
  })

  for (const [what, hashed, shown] of [
    ['masked', false, /^\*{4}ret1$/],
    ['hashed where they are stored hashed', true, /^[\da-f]{64}$/],
  ] as const) {
    test(`shows keys ${what}`, async () => {
      await using upstream = await startUpstream()
      const api = { use_keyless: false, use_standard_auth: true, auth: { auth_header_name: 'Authorization' } }
      await using gateway = await startGateway({
        definitions: { 'api.json': definition(upstream.url, api) },
        config: {
          access_logs: { enabled: true },
          ...(hashed && { hash_keys: true, hash_key_function: 'hmac-sha256', hash_key_secret: 'pepper' }),
        },
        keys: {},
      })
      const headers = { 'X-Tyk-Authorization': 'test-secret' }
      const rights = { 'test-api': { api_id: 'test-api', versions: [] } }
      const body = JSON.stringify({ org_id: 'default', access_rights: rights })
      await fetch(`http://127.0.0.1:${gateway.port}/tyk/keys/secret1`, { method: 'POST', headers, body })
      const line = await lineOf({ gateway, port: gateway.port }, get('/api/', 'Authorization: secret1'))
      assert.equal(line.status, 200)
      assert.match(String(line.api_key), shown)
      assert.doesNotMatch(gateway.log.lines.filter(isLine).join('\n'), /secret1/)
    })
  }
})

describe('an error in the access log', () => {
  test('of an upstream that is not there, or fails, has its flag and its target', async () => {
    await using gone = await logged({ definition: { proxy: { target_url: 'http://127.0.0.1:1' } } })
    assert.partialDeepStrictEqual(await lineOf(gone, get('/api/')), {
      status: 500,
      response_flag: 'UCF',
      response_code_details: 'upstream_failed',
      error_source: 'upstream',
      error_target: '127.0.0.1:1',
    })
    await using stage = await logged({
      script: async (call) => {
        await call.receive()
        if (call.request.target === '/reset') call.close('reset')
        else await call.answer(503, [], 'busy')
      },
    })
    const target = `127.0.0.1:${stage.upstream.port}`
    assert.partialDeepStrictEqual(await lineOf(stage, get('/api/reset')), {
      status: 500,
      response_flag: 'URR',
      error_target: target,
    })
    assert.partialDeepStrictEqual(await lineOf(stage, get('/api/busy')), {
      status: 503,
      upstream_status: 503,
      response_flag: 'URS',
      error_source: 'upstream',
      error_target: target,
    })
  })

  test('of limits and authentication has its flag', async () => {
    await using limited = await logged({ definition: { global_rate_limit: { rate: 1, per: 60 } } })
    await lineOf(limited, get('/api/'))
    assert.partialDeepStrictEqual(await lineOf(limited, get('/api/')), {
      status: 429,
      response_flag: 'RLT',
      response_code_details: 'api_rate_limit_exceeded',
      error_source: 'client',
    })
    await using closed = await logged({ definition: { use_keyless: false, use_standard_auth: true } })
    assert.partialDeepStrictEqual(await lineOf(closed, get('/api/')), { status: 401, response_flag: 'AMF' })
    assert.partialDeepStrictEqual(await lineOf(closed, get('/api/', 'Authorization: wrong-key')), {
      status: 403,
      response_flag: 'AKI',
    })
  })

  test('of a client that went away is 499', async () => {
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    await using stage = await logged({
      script: async (call) => {
        arrived()
        await call.closed
      },
    })
    const abort = new AbortController()
    const request = fetch(`http://127.0.0.1:${stage.port}/api/`, { signal: abort.signal }).catch(() => {})
    await arrival
    abort.abort()
    await request
    const text = await until('the line', () => stage.gateway.log.lines.find(isLine))
    assert.partialDeepStrictEqual(JSON.parse(text), { status: 499, response_flag: 'CDC', error_source: 'client' })
  })
})
