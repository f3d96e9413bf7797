import assert from 'node:assert/strict'
import { rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { type AdminStage, keyApi, openAdmin } from './admin-stage.ts'

let upstream: RawUpstream
let stage: AdminStage
/** Whether the other gateways are out of reach. */
let publishFails = false
/** Whether the store of the cache is out of reach. */
let clearFails = false

function withFailures(store: Store): Store {
  const away = () => Promise.reject(failure('store_failed', { where: 'the test', reason: 'away' }))
  const cache: Store['cache'] = {
    get: (...args) => store.cache.get(...args),
    set: (...args) => store.cache.set(...args),
    delete: (...args) => store.cache.delete(...args),
    clear: (namespace) => (clearFails ? away() : store.cache.clear(namespace)),
  }
  return {
    ...store,
    cache,
    notices: { ...store.notices, publish: (notice) => (publishFails ? away() : store.notices.publish(notice)) },
  }
}

before(async () => {
  upstream = await startUpstream()
  const definitions = {
    'doors.json': keyApi(upstream, 'doors'),
    'users.json': keyApi(upstream, 'users'),
    'wrong.json': { ...keyApi(upstream, 'wrong'), name: 3 },
  }
  const files = { 'policies/gold.json': '{"id":"gold"}', 'policies/wrong.json': '{' }
  stage = await openAdmin({ definitions, files, config: { policies: { policy_path: 'policies' } } }, withFailures)
})
after(async () => {
  await stage?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

describe('the gateway', () => {
  test('tells what is loaded, and why other files are not', async () => {
    const { json } = await stage.call('GET /tyk/status')
    const apis = json.apis.map(({ api_id: id, state, error }: Record<string, string>) => [
      id,
      state,
      error?.replace(/".*?"/, '…'),
    ])
    assert.deepEqual(apis, [
      ['doors', 'loaded', undefined],
      ['users', 'loaded', undefined],
      ['wrong', 'failed', 'Load the definition … failed: name: expected a string, found 3'],
    ])
    assert.deepEqual(
      json.policies.map(({ id, state, kept }: Record<string, string>) => [id, state, kept]),
      [
        ['gold', 'loaded', undefined],
        [undefined, 'failed', false],
      ],
    )
    await stage.folder.writeDefinition('doors.json', '{')
    await stage.call('GET /tyk/reload')
    const broken = await stage.call('GET /tyk/status')
    assert.deepEqual([broken.json.apis[0].state, broken.json.apis[0].api_id], ['kept', 'doors'])
    await stage.folder.writeDefinition('doors.json', keyApi(upstream, 'doors'))
    const { json: reloaded } = await stage.call('GET /tyk/reload')
    assert.deepEqual(
      reloaded.failed.map(({ file, kept }: { file: string; kept: boolean }) => [file.split('/').at(-1), kept]),
      [
        ['wrong.json', false],
        ['wrong.json', false],
      ],
    )
  })

  test('reloads alone and with its fleet', async () => {
    assert.equal((await stage.call('GET /tyk/reload/?block=true')).status, 200)
    await rename(join(stage.folder.path, 'apps'), join(stage.folder.path, 'away'))
    assert.equal((await stage.call('GET /tyk/reload')).status, 500)
    await rename(join(stage.folder.path, 'away'), join(stage.folder.path, 'apps'))
    assert.deepEqual((await stage.call('GET /tyk/reload/group')).json, { status: 'ok', message: '' })
    publishFails = true
    assert.equal((await stage.call('GET /tyk/reload/group')).status, 500)
    publishFails = false
  })

  test('drops what the cache keeps for one API, and for no other', async () => {
    const cached = (id: string) => ({
      ...keyApi(upstream, id),
      use_keyless: true,
      use_standard_auth: false,
      cache_options: { enable_cache: true, cache_timeout: 60, cache_all_safe_requests: true },
    })
    for (const id of ['kept', 'dropped']) await stage.folder.writeDefinition(`${id}.json`, cached(id))
    await stage.gateway.reload()
    const isHit = async (id: string) => {
      const response = await fetch(`${stage.gateway.url}/${id}/a`)
      await response.arrayBuffer()
      return response.headers.get('x-tyk-cached-response') === '1'
    }
    for (const id of ['kept', 'dropped']) assert.deepEqual([await isHit(id), await isHit(id)], [false, true])
    assert.deepEqual((await stage.call('DELETE /tyk/cache/dropped')).json, { status: 'ok', message: 'cache invalidated' })
    assert.deepEqual([await isHit('kept'), await isHit('dropped')], [true, false])
    clearFails = true
    assert.deepEqual((await stage.call('DELETE /tyk/cache/kept')).json, { status: 'error', message: 'Cache invalidation failed' })
    clearFails = false
    assert.equal(await isHit('kept'), true)
    for (const id of ['kept', 'dropped']) await unlink(join(stage.folder.path, 'apps', `${id}.json`))
    await stage.gateway.reload()
  })

  test('changes the level of its log, and of every log that comes from it', async () => {
    const levels = async () => (await stage.call('GET /tyk/log/level')).json.workers
    assert.deepEqual(await levels(), [{ worker: 1, level: 'debug' }])
    const change = (level: unknown) => stage.call('PUT /tyk/log/level', { body: { level } })
    assert.deepEqual((await change('warn')).json, { status: 'ok', message: '' })
    assert.deepEqual(await levels(), [{ worker: 1, level: 'warn' }])
    const before = stage.log.lines.length
    await stage.gateway.reload()
    assert.deepEqual(
      stage.log.lines.slice(before).filter((line) => JSON.parse(line).level === 'info'),
      [],
    )
    assert.equal((await change('debug')).status, 200)
    await stage.gateway.reload()
    assert.ok(stage.log.lines.slice(before).some((line) => JSON.parse(line).msg === 'APIs loaded'))
    const { status, json } = await change('loud')
    assert.deepEqual([status, json.message, json.problems.length], [400, 'Log level is not valid', 1])
    assert.match(json.problems[0], /level: expected one of .*found "loud"/)
  })

  test('describes itself, and lists its plugins', async () => {
    assert.equal((await stage.call('GET /tyk/openapi.json')).json.openapi, '3.1.1')
    const middleware = { driver: 'jsplugin', pre: [{ name: 'Missing', path: 'missing.js' }] }
    await stage.folder.writeDefinition('plugged.json', { ...keyApi(upstream, 'plugged'), custom_middleware: middleware })
    await stage.gateway.reload()
    const {
      json: { plugins },
    } = await stage.call('GET /tyk/plugins')
    assert.deepEqual([plugins.length, plugins[0].state, plugins[0].used_by[0].api_id], [1, 'failed', 'plugged'])
    assert.equal((await stage.call(`POST /tyk/plugins/${plugins[0].used_by[0].id}/enable`)).json.status, 'ok')
    const { status, json } = await stage.call('POST /tyk/plugins/none/enable')
    assert.deepEqual([status, json.message], [404, 'No plugin has this id; GET /tyk/plugins lists them'])
  })

  test('answers 405 to a method that an endpoint does not have, and 413 to a body without end', async () => {
    const { json: document } = await stage.call('GET /tyk/openapi.json')
    for (const [path, operations] of Object.entries(document.paths as Record<string, object>)) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        if (method.toLowerCase() in operations) continue
        const { status, json } = await stage.call(`${method} ${path.replace(/\{\w+\}/, 'anything')}`)
        // `/tyk/keys/create` is also a key.
        if (status !== 405) assert.match(path, /^\/tyk\/keys\/\w+$/, `${method} ${path}`)
        else assert.deepEqual(json, { status: 'error', message: 'Method not supported' })
      }
    }
    const large = await fetch(`${stage.gateway.url}/tyk/keys`, {
      method: 'POST',
      headers: { 'X-Tyk-Authorization': 'test-secret' },
      body: Buffer.alloc(11 * 1024 * 1024, ' '),
    })
    assert.deepEqual([large.status, await large.json()], [413, { status: 'error', message: 'Request Entity Too Large' }])
  })

  test('is well, and ready until it drains', async () => {
    assert.equal((await stage.call('GET /hello')).json.status, 'pass')
    assert.equal((await stage.call('GET /ready')).status, 200)
    stage.gateway.drain()
    assert.equal((await stage.call('GET /ready')).json.message, 'Gateway is shutting down')
  })
})

test('every answer that the document has for them was seen', async () => {
  const roots = ['/hello', '/ready', '/tyk/reload', '/tyk/status', '/tyk/plugins', '/tyk/cache', '/tyk/log', '/tyk/openapi.json']
  await stage.refuseStrangers(...roots)
  // Uploads are tested in test/uploads.
  assert.deepEqual(
    stage.unseen(...roots).filter((name) => !name.includes('/tyk/plugins/{name}')),
    [],
  )
})
