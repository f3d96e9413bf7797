import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { exchange } from '../harness/raw-client.ts'

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
