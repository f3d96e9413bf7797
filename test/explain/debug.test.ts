import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openStackMapper } from '../../src/plugin/stack.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { openTrials } from '../../src/trial/trials.ts'
import { type AdminStage, keyApi, openAdmin } from '../admin/admin-stage.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { stepLines } from '../harness/explained.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { answerOk, type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

const plugin = `
import { ctx, kv, type Plugin } from 'postern/plugin'

let calls = 0

export const Count: Plugin = async (c) => {
  calls += 1
  c.var.log.info({ calls }, 'counted')
  c.req.raw.headers.set('X-Calls', String(calls))
  c.req.raw.headers.set('X-Stored', String(await kv.increment('stored')))
}

export const Throw: Plugin = () => {
  throw new Error('the plugin is broken')
}

export const Authenticate: Plugin = (c) => {
  ctx.setSession(c, { alias: 'made', rate: 0, per: 0 }, 'madekey', true)
}
`

const hook = (...names: string[]) => names.map((name) => ({ name, path: 'plugin.js' }))
const middleware = (hooks: object) => ({ driver: 'jsplugin', ...hooks })

let upstream: RawUpstream
let stage: AdminStage

before(async () => {
  upstream = await startUpstream()
  const served = definition(upstream.url, {
    api_id: 'served',
    proxy: { listen_path: '/served/' },
    custom_middleware: middleware({ pre: hook('Count') }),
  })
  stage = await openAdmin({
    definitions: { 'served.json': served, 'keys.json': keyApi(upstream, 'keys') },
    artifacts: { 'plugin.js': await compiledText(plugin) },
  })
})
after(async () => {
  await stage?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

const debug = (request: unknown, spec: unknown) => stage.call('POST /tyk/debug', { body: { request, spec } })
const spec = (fields: object = {}) => definition(upstream.url, { api_id: 'served', ...fields })

describe('a request that is tried', () => {
  test('runs through the definition that comes with it, and tells what the client gets, its steps and its log', async () => {
    upstream.script = (to) => to.answer(202, ['X-From: upstream', 'Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n')
    const custom_middleware = middleware({ pre: hook('Count'), post: [{ ...hook('Throw')[0], on_error: 'skip' }] })
    const request = { method: 'POST', path: '/api/x?token=hidden', headers: { 'X-A': ['1', '2'] }, body: 'sent' }
    const { status, json } = await debug(request, spec({ custom_middleware }))
    upstream.script = answerOk
    assert.deepEqual([status, json.message], [200, 'ok'])
    assert.match(json.response, /^HTTP\/1\.1 202 .*\r\n(.+\r\n)*X-From: upstream\r\n(.+\r\n)*\r\nhello$/)
    assert.doesNotMatch(json.response, /transfer-encoding/i)
    assert.deepEqual(stepLines(json.trace), ['pre Count: go-on', 'post Throw: skipped (plugin_threw)', 'proxy proxy: answered'])
    assert.deepEqual([json.trace.query, json.trace.upstream.status], [['token'], 202])
    const lines = json.logs
      .trim()
      .split('\n')
      .map((line: string) => JSON.parse(line))
    assert.ok(
      lines.some(({ msg, calls }: { msg: string; calls: number }) => msg === 'counted' && calls === 1),
      json.logs,
    )
    const threw = lines.find(({ code }: { code?: string }) => code === 'plugin_threw')
    assert.match(threw.err.stack, /at Throw \(plugin\.ts:\d+:\d+\)/)
    const sent = upstream.requests.at(-1)
    assert.deepEqual(
      [sent?.method, sent?.target, Buffer.concat(sent?.body.parts ?? []).toString()],
      ['POST', '/x?token=hidden', 'sent'],
    )
    assert.ok(sent?.head.lines.includes('X-A: 1') && sent.head.lines.includes('X-A: 2'), String(sent?.head.lines))
  })

  test('leaves what serves alone: the state of plugins, their breakers, what they keep, the log, the requests that are told of', async () => {
    const call = async () => {
      await (await fetch(`${stage.gateway.url}/served/x`)).text()
      const lines = upstream.requests.at(-1)?.head.lines ?? []
      return lines.filter((line) => /^x-(calls|stored)/i.test(line)).map((line) => line.toLowerCase())
    }
    assert.deepEqual(await call(), ['x-calls: 1', 'x-stored: 1'])
    const logged = stage.log.lines.length
    const breaker = { max_errors: 1, window_ms: 60_000, cooldown_ms: 60_000 }
    const broken = spec({ custom_middleware: middleware({ pre: [...hook('Count'), { ...hook('Throw')[0], ...breaker }] }) })
    for (let time = 0; time < 3; time += 1) {
      const { json } = await debug({ path: '/api/x' }, broken)
      assert.deepEqual(stepLines(json.trace), ['pre Count: go-on', 'pre Throw: threw (plugin_threw)'])
    }
    assert.equal(stage.log.lines.slice(logged).filter((line) => line.includes('broken')).length, 0)
    const { json } = await debug({ path: '/api/x' }, spec({ custom_middleware: middleware({ pre: hook('Count') }) }))
    const lines = upstream.requests.at(-1)?.head.lines ?? []
    assert.ok(lines.includes('X-Calls: 1') && lines.includes('X-Stored: 2'), `its own state, and what is stored: ${lines.join()}`)
    assert.deepEqual(await call(), ['x-calls: 2', 'x-stored: 2'])
    assert.equal((await stage.call(`GET /tyk/requests/${json.trace.id}`)).status, 404)
  })

  test('has the keys that there are, which it neither changes nor counts against', async () => {
    const quota = { quota_max: 2, quota_renewal_rate: 3600, rate: 2, per: 3600 }
    await stage.call('POST /tyk/keys/one', { body: { org_id: 'acme', access_rights: { keys: {} }, ...quota } })
    const tried = async () =>
      (await debug({ path: '/keys/x', headers: { Authorization: 'acmeone' } }, keyApi(upstream, 'keys'))).json
    for (let time = 0; time < 4; time += 1) assert.match((await tried()).response, /^HTTP\/1\.1 200 /)
    assert.equal((await stage.call('GET /tyk/keys/one?org_id=acme')).json.quota_remaining, 2)
    for (let time = 0; time < 2; time += 1) assert.equal(await stage.request('/keys/x', 'acmeone'), 200)
    const over = await tried()
    assert.match(over.response, /^HTTP\/1\.1 429 /)
    assert.match(stepLines(over.trace).at(-1) ?? '', /^limits .*refused \(rate_limit_exceeded\)$/)

    const auth = { use_keyless: false, custom_plugin_auth_enabled: true }
    const made = spec({ ...auth, custom_middleware: middleware({ auth_check: hook('Authenticate')[0] }) })
    const { json } = await debug({ path: '/api/x' }, made)
    assert.match(json.response, /^HTTP\/1\.1 200 /)
    assert.equal(await stage.store.sessions.get('madekey'), undefined)
  })

  test('says that the definition does not listen on its path, and does not reach the admin API', async () => {
    const headers = { 'X-Tyk-Authorization': 'test-secret' }
    const { json } = await debug({ path: '/elsewhere' }, spec())
    assert.match(json.message, /does not listen on this path/)
    assert.deepEqual([json.response.slice(0, 13), json.trace], ['HTTP/1.1 404 ', undefined])
    assert.match((await debug({ path: '/tyk/keys', headers }, spec())).json.response, /^HTTP\/1\.1 403 /)
  })

  test('shows so much of a long body and no more', async () => {
    upstream.script = (to) => to.answer(200, [], Buffer.alloc(3_000_000, 'a'))
    const { json } = await debug({ path: '/api/x' }, spec())
    upstream.script = answerOk
    assert.match(json.message, /longer than what is shown/)
    assert.ok(json.response.length > 1_000_000 && json.response.length < 1_100_000, String(json.response.length))
  })

  test('answers 500 for a plugin that does not load, and says why', async () => {
    const custom_middleware = middleware({ pre: [{ name: 'Count', path: 'missing.js' }] })
    const { json } = await debug({ path: '/api/x' }, spec({ custom_middleware }))
    assert.deepEqual(stepLines(json.trace), ['pre Count: threw (plugin_quarantined)'])
    assert.match(json.logs, /missing\.js/)
  })
})

describe('what cannot be tried', () => {
  test('is refused with what is wrong', async () => {
    const cases: [unknown, string, string | undefined][] = [
      ['{', 'Request malformed', 'expected JSON'],
      [{ request: { path: '/api/' } }, 'Spec field is missing', undefined],
      [{ spec: spec() }, 'Request field is missing', undefined],
      [{}, 'Spec field is missing', undefined],
      [
        { spec: spec(), request: { path: 'api' } },
        'Request malformed',
        'request.path: expected a path as a client sends it, beginning with "/"',
      ],
      [
        { spec: spec(), request: { path: '/api/ x' } },
        'Request malformed',
        'request.path: expected a path as a client sends it, beginning with "/"',
      ],
      [
        { spec: spec(), request: { path: '/api/', method: 'CONNECT' } },
        'Request malformed',
        'request.method: expected a method such as GET',
      ],
      [{ spec: spec(), request: { path: '/api/', extra: 1 } }, 'Request malformed', 'request: unknown key "extra"'],
      [
        { spec: spec({ use_keyless: 3 }), request: { path: '/api/' } },
        'The definition is not valid',
        'use_keyless: expected true or false, found 3',
      ],
      [
        { spec: spec(), request: { path: '/api/', headers: { Upgrade: 'websocket' } } },
        'The request cannot be sent as HTTP/1.1',
        'invalid upgrade header',
      ],
    ]
    for (const [body, message, problem] of cases) {
      const { status, json } = await stage.call('POST /tyk/debug', { body })
      assert.deepEqual([status, json.message, json.problems?.[0]], [400, message, problem], JSON.stringify(body).slice(0, 200))
    }
  })

  test('waits for nothing: two are tried at a time, and a third is refused', async () => {
    const waiting: (() => void)[] = []
    upstream.script = async (to) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      await to.answer(200, [], 'late')
    }
    const two = [debug({ path: '/api/x' }, spec()), debug({ path: '/api/x' }, spec())]
    await until('both to reach the upstream', () => waiting.length === 2)
    const { status, json } = await debug({ path: '/api/x' }, spec())
    assert.deepEqual([status, json.message], [429, 'Other requests are being tried'])
    for (const answer of waiting) answer()
    upstream.script = answerOk
    for (const { json: tried } of await Promise.all(two)) assert.match(tried.response, /late$/)
    assert.equal((await debug({ path: '/api/x' }, spec())).status, 200)
  })

  test('is given up when it takes too long, and leaves nothing behind', async () => {
    upstream.script = async () => {}
    await using folder = await makeGatewayFolder({ definitions: {} })
    const options = { config: await loadConfig({ file: folder.config, env: {} }), env: {} }
    const store = await openMemoryStore()
    const stacks = openStackMapper()
    const tryRequest = openTrials({ open: openGateway, options, store, stacks, longestMs: 50 })
    const request = { method: 'GET', path: '/api/x', headers: {}, body: '' }
    for (let time = 0; time < 3; time += 1) {
      await assert.rejects(tryRequest({ request, definition: spec() }), { code: 'debug_timeout' })
    }
    upstream.script = answerOk
    await Promise.all([stacks.close(), store.close()])
  })
})

test('every answer that the document has for it was seen', async () => {
  await stage.refuseStrangers('/tyk/debug')
  // It takes a minute; the test before shows it.
  assert.deepEqual(stage.unseen('/tyk/debug'), ['POST /tyk/debug 504'])
})
