import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { exchange } from '../harness/raw-client.ts'
import { until } from '../harness/until.ts'
import { RedisServer, withoutServer } from './redis-server.ts'

const plugin = `
import { kv, type Plugin } from 'postern/plugin'
export const Count: Plugin = async (c) => c.text(String(await kv.increment('hits')))
`
const hooks = { driver: 'jsplugin', pre: [{ name: 'Count', path: 'plugin.js' }] }

const main = join(import.meta.dirname, '../../src/main.ts')

test('what a plugin keeps is there after a restart, with the default store', async () => {
  await using folder = await makeGatewayFolder({
    definitions: { 'api.json': definition('http://127.0.0.1:1/', { custom_middleware: hooks }) },
    artifacts: { 'plugin.js': await compiledText(plugin) },
    config: { storage: {} },
  })
  const hits: string[] = []
  for (let start = 0; start < 2; start++) {
    const log = await openLog({ level: 'silent', format: 'json' })
    const gateway = await openGateway({ config: await loadConfig({ file: folder.config, env: {} }), log })
    for (let i = 0; i < 2; i++) hits.push((await exchange(gateway.port, 'GET /api/ HTTP/1.1\r\nHost: x\r\n\r\n')).text)
    await gateway.close()
  }
  assert.deepEqual(hits, ['1', '2', '3', '4'])
})

test('a start with a store that cannot be opened ends with one line that says why', async () => {
  await using folder = await makeGatewayFolder({ definitions: {}, config: { data_path: '.', storage: {} } })
  await writeFile(join(folder.path, 'store.db'), 'no database')
  const args = [main, 'start', '--conf', folder.config]
  const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, args, { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code, stdout, stderr }),
    )
  })
  assert.equal(code, 1)
  assert.match(stderr, /^Open the store "[^"]+store\.db" failed: it is not a SQLite database; [^\n]+\n$/)
  assert.equal(stdout, '')
})

const ask = (port: number, target: string) =>
  exchange(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nX-Tyk-Authorization: test-secret\r\n\r\n`)

describe('a gateway whose store is Redis', { skip: withoutServer }, () => {
  const storage = (server: RedisServer, changes = {}) => ({ type: 'redis', host: '127.0.0.1', port: server.port, ...changes })

  for (const [on_outage, status] of [
    ['allow', 200],
    ['deny', 503],
  ] as const) {
    test(`tells that it is away, and is ready or not by on_outage: ${on_outage}`, async () => {
      await using server = await RedisServer.start()
      await using gateway = await startGateway({ definitions: {}, config: { storage: storage(server, { on_outage }) } })
      const hello = async () => JSON.parse((await ask(gateway.port, '/hello')).text)
      assert.equal((await hello()).details.redis.status, 'pass')
      assert.equal((await ask(gateway.port, '/ready')).status, 200)
      await server.kill()
      await until('the loss', async () => (await hello()).details.redis.status !== 'pass')
      assert.equal((await hello()).details.redis.output, 'Redis connection not available')
      const ready = await ask(gateway.port, '/ready')
      assert.equal(ready.status, status)
      assert.match(ready.text, /Redis connection not available/)
      await gateway.log.waitFor('"code":"store_away"')
      await server.start()
      await until('the return', async () => (await hello()).details.redis.status === 'pass')
      assert.equal(JSON.parse((await ask(gateway.port, '/ready')).text).status, 'pass')
    })
  }

  test('reloads with its fleet, and after a time in which it may have missed that', async () => {
    await using server = await RedisServer.start()
    const config = { storage: storage(server) }
    await using one = await startGateway({ definitions: {}, config })
    await using two = await startGateway({ definitions: {}, config })
    const served = (id: string) => async () => (await ask(two.port, `/${id}/`)).status !== 404
    const add = (id: string) =>
      two.folder.writeDefinition(
        `${id}.json`,
        definition('http://127.0.0.1:1/', { api_id: id, proxy: { listen_path: `/${id}/` } }),
      )
    await add('first')
    const answer = await ask(one.port, '/tyk/reload/group')
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, { status: 'ok', message: '' }])
    await until('the first API', served('first'))

    await server.kill()
    await one.log.waitFor('"code":"store_away"')
    const failed = await ask(one.port, '/tyk/reload/group')
    assert.deepEqual([failed.status, JSON.parse(failed.text).status], [500, 'error'])
    await add('second')
    await server.start()
    await until('the second API', served('second'))
  })
})

test('a gateway alone reloads when it is to reload with its fleet', async () => {
  await using gateway = await startGateway({ definitions: {} })
  await gateway.folder.writeDefinition('api.json', definition('http://127.0.0.1:1/'))
  assert.equal((await ask(gateway.port, '/tyk/reload/group')).status, 200)
  await until('the API', async () => (await ask(gateway.port, '/api/')).status !== 404)
})

test('a gateway loads the code of the store that it has, and of no other', async () => {
  for (const [type, expected] of [
    ['sqlite', { client: false, sqlite: true }],
    ['memory', { client: false, sqlite: false }],
  ] as const) {
    await using folder = await makeGatewayFolder({ definitions: {}, config: { storage: { type } } })
    const program = `
      const { registerHooks } = await import('node:module')
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      const { loadConfig } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/control/config/load.ts'))})
      const { openGateway } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/gateway.ts'))})
      const config = await loadConfig({ file: ${JSON.stringify(folder.config)}, env: {} })
      const gateway = await openGateway({ config: { ...config, log_level: 'silent' } })
      await gateway.close()
      const has = (text) => loaded.some((url) => url.includes(text))
      console.log(JSON.stringify({ client: has('@redis/client'), sqlite: has('/store/sqlite/') }))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 })
    assert.deepEqual(JSON.parse(stdout), expected)
  }
})
