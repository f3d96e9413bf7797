import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { type AdminOptions, adminApps } from '../../src/control/admin/app.ts'
import type { ReloadReport } from '../../src/control/reload.ts'
import { installReloadTrigger } from '../../src/control/triggers.ts'
import { openLog } from '../../src/log.ts'
import { captureLog } from '../harness/captured-log.ts'

const NOTHING_WRONG: ReloadReport = { apis: 1, failed: [], quarantined: [] }

/** What these tests do not come near. */
type Unused = Pick<AdminOptions, 'log' | 'keys' | 'policyFiles' | 'definitionFiles' | 'uploads' | 'apis' | 'policies' | 'report'>
const unused = { log: { error: () => {} }, keys: {}, policyFiles: {}, definitionFiles: {}, uploads: {} } as unknown as Unused

function admin(options: Partial<AdminOptions> = {}) {
  return adminApps({
    ...unused,
    secret: 'hush',
    version: { version: '1.2.3' },
    reload: async () => NOTHING_WRONG,
    reloadGroup: async () => {},
    status: () => ({ notReady: null }),
    plugins: async () => [],
    workers: async () => [],
    enablePlugin: async () => false,
    clearCache: () => {},
    logLevels: async () => [],
    changeLogLevel: async () => ({ changed: 1, of: 1 }),
    hostname: '',
    shownConfig: null,
    requests: null,
    tryRequest: async () => ({ message: 'ok', response: '', logs: '', trace: null }),
    analytics: null,
    ...options,
  }).app
}

const authorized = { headers: { 'X-Tyk-Authorization': 'hush' } }

describe('health', () => {
  test('GET /hello tells status, version and parts, and is always 200', async () => {
    const answer = await admin().request('/hello')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.deepEqual(await answer.json(), { status: 'pass', version: '1.2.3', description: 'Postern', details: {} })

    const part = (status: 'pass' | 'fail') => ({ status, componentType: 'datastore', time: '2026-01-01T00:00:00Z' })
    const statusWith = async (...parts: ('pass' | 'fail')[]) => {
      const details = Object.fromEntries(parts.map((status, i) => [`part ${i}`, part(status)]))
      const hello = await admin({ status: () => ({ notReady: 'closing', details }) }).request('/hello')
      assert.equal(hello.status, 200)
      return ((await hello.json()) as { status: string }).status
    }
    assert.equal(await statusWith('pass', 'fail'), 'warn')
    assert.equal(await statusWith('fail'), 'fail')
  })

  test('GET /ready tells what is amiss where requests are served all the same', async () => {
    const details = { redis: { status: 'warn', output: 'Redis connection not available', time: '' } } as const
    const answer = await admin({ status: () => ({ notReady: null, details }) }).request('/ready')
    assert.equal(answer.status, 200)
    const { status, output } = (await answer.json()) as Record<string, unknown>
    assert.deepEqual({ status, output }, { status: 'warn', output: 'Redis connection not available' })
  })

  test('GET /ready is 503 with the reason while the gateway is not ready', async () => {
    assert.equal((await admin().request('/ready')).status, 200)
    const answer = await admin({ status: () => ({ notReady: 'Gateway is shutting down' }) }).request('/ready')
    assert.equal(answer.status, 503)
    assert.deepEqual(await answer.json(), { status: 'error', message: 'Gateway is shutting down' })
  })
})

describe('GET /tyk/reload', () => {
  test('waits for the reload', async () => {
    let reloads = 0
    const app = admin({
      reload: async () => {
        await new Promise(setImmediate)
        reloads += 1
        return NOTHING_WRONG
      },
    })
    for (const path of ['/tyk/reload', '/tyk/reload/', '/tyk/reload?block=true']) {
      const answer = await app.request(path, authorized)
      assert.equal(answer.status, 200)
      assert.deepEqual(await answer.json(), { status: 'ok', message: '' })
    }
    assert.equal(reloads, 3)
  })

  test('names what could not be loaded', async () => {
    const failed: ReloadReport['failed'] = [
      { kind: 'definition', file: 'a.json', apiId: null, error: new Error('no name'), kept: false },
      { kind: 'definition', file: 'b.json', apiId: 'b', error: new Error('no target'), kept: true },
    ]
    const quarantined = [{ file: 'c.json', field: 'custom_middleware.pre[0]', reason: 'no file' }]
    const answer = await admin({ reload: async () => ({ apis: 2, failed, quarantined }) }).request('/tyk/reload', authorized)
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), {
      status: 'ok',
      message:
        'Not loaded: a.json, b.json (the version before it serves on); ' +
        'Plugins not loaded, whose requests get 500: custom_middleware.pre[0] of c.json',
      failed: [
        { file: 'a.json', error: 'no name', kept: false },
        { file: 'b.json', error: 'no target', kept: true },
      ],
      quarantined,
    })
  })

  test('is 500 with the reason if nothing was reloaded', async () => {
    const answer = await admin({ reload: () => Promise.reject(new Error('no folder')) }).request('/tyk/reload', authorized)
    assert.equal(answer.status, 500)
    assert.deepEqual(await answer.json(), { status: 'error', message: 'no folder' })
  })

  test('is for those who have the secret', async () => {
    const reload = () => assert.fail('reloaded')
    const refused = { status: 'error', message: 'Attempted administrative access with invalid or missing key!' }
    for (const headers of [
      {},
      { 'X-Tyk-Authorization': '' },
      { 'X-Tyk-Authorization': 'hus' },
      { 'X-Tyk-Authorization': 'hushh' },
    ]) {
      const answer = await admin({ reload }).request('/tyk/reload', { headers })
      assert.equal(answer.status, 403)
      assert.deepEqual(await answer.json(), refused)
    }
    const withoutSecret = await admin({ reload, secret: '' }).request('/tyk/reload', { headers: { 'X-Tyk-Authorization': '' } })
    assert.equal(withoutSecret.status, 403)
  })
})

test('other methods and paths are refused in the shape of the admin API under /tyk/, in plain text elsewhere', async () => {
  const app = admin()
  const cases = [
    ['POST', '/tyk/reload', 405, '{"status":"error","message":"Method not supported"}'],
    ['POST', '/hello', 405, '{"status":"error","message":"Method not supported"}'],
    ['GET', '/tyk/nothing', 404, '{"status":"error","message":"Not Found"}'],
    ['GET', '/tyk/', 404, '{"status":"error","message":"Not Found"}'],
    ['GET', '/nothing', 404, 'Not Found'],
    ['POST', '/', 404, 'Not Found'],
  ] as const
  for (const [method, path, status, body] of cases) {
    const answer = await app.request(path, { method, ...authorized })
    assert.deepEqual([answer.status, await answer.text()], [status, body], `${method} ${path}`)
  }
  assert.equal((await app.request('/tyk/nothing')).status, 403)
})

test('SIGHUP reloads until the trigger is taken away; a reload that fails is logged', async () => {
  const signals = new EventEmitter()
  const captured = captureLog()
  const log = await openLog({ level: 'info', format: 'json', destination: captured.destination })
  let reloads = 0
  const reload = async () => {
    reloads += 1
    throw new Error('no folder')
  }
  const uninstall = installReloadTrigger({ reload, log, signals: signals as unknown as NodeJS.Process })
  signals.emit('SIGHUP')
  assert.equal(reloads, 1)
  await captured.waitFor('no folder')
  uninstall()
  signals.emit('SIGHUP')
  assert.equal(reloads, 1)
})
