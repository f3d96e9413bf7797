import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'

const probe = `
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import v8 from 'node:v8'
import type { Plugin } from 'postern/plugin'

const real = globalThis.process
const outcome = async (attempt: () => unknown) => {
  try { return String(await attempt()) } catch (error) { return String((error as { code?: string }).code ?? error) }
}
const dial = (port: number) => new Promise((resolve, reject) => {
  const socket = connect(port, '127.0.0.1')
  socket.on('connect', () => { socket.destroy(); resolve('connected') }).on('error', reject)
})
export const Probe: Plugin<{ folder: string; port: number }> = async (c) => {
  const { folder, port } = c.var.config
  const file = folder + '/file.txt'
  return c.json({
    read: await outcome(() => readFileSync(file, 'utf8')),
    write: await outcome(() => writeFileSync(folder + '/written.txt', 'x')),
    readProgram: await outcome(() => readFileSync(c.req.query('program') as string, 'utf8').length),
    run: await outcome(() => execFileSync(real.execPath, ['-p', '"ran"']).toString().trim()),
    net: await outcome(() => dial(port)),
    fetch: await outcome(async () => (await fetch('http://127.0.0.1:' + port)).status),
    env: Object.keys(real.env).concat(Object.keys(process.env)).join(),
    worker: await outcome(() => new Worker('1', { eval: true })),
    kill: await outcome(() => real.kill(real.pid, 'SIGKILL')),
    killOfOwn: await outcome(() => process.kill(process.pid, 'SIGKILL')),
    abort: await outcome(() => real.abort()),
    flags: await outcome(() => v8.setFlagsFromString('--stack-size=1')),
    sqlite: await outcome(() => new (createRequire('/')('node:sqlite').DatabaseSync)(folder + '/data.db')),
})
}
`

const refused = {
  worker: 'ERR_ACCESS_DENIED',
  kill: 'worker_call_refused',
  killOfOwn: 'plugin_process_refused',
  abort: 'worker_call_refused',
  flags: 'worker_call_refused',
  sqlite: 'worker_call_refused',
}

test('a plugin in a worker may do nothing beyond computing, unless its definition grants it', async () => {
  const { granted, denied } = await probeBoth()
  assert.deepEqual(denied, {
    read: 'ERR_ACCESS_DENIED',
    write: 'ERR_ACCESS_DENIED',
    readProgram: 'ERR_ACCESS_DENIED',
    run: 'ERR_ACCESS_DENIED',
    net: 'ERR_ACCESS_DENIED',
    fetch: 'TypeError: fetch failed',
    env: '',
    ...refused,
  })
  assert.deepEqual(granted, {
    read: 'the text',
    write: 'undefined',
    readProgram: 'ERR_ACCESS_DENIED',
    run: 'ran',
    net: 'connected',
    fetch: '200',
    env: 'POSTERN_TEST_GRANTED,POSTERN_TEST_GRANTED',
    ...refused,
  })
})

async function probeBoth(): Promise<{ granted: unknown; denied: unknown }> {
  await using resources = new AsyncDisposableStack()
  const server = createServer((_, response) => response.end())
  resources.defer(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  process.env.POSTERN_TEST_GRANTED = 'yes'
  process.env.POSTERN_TEST_SECRET = 'no'
  resources.defer(() => {
    delete process.env.POSTERN_TEST_GRANTED
    delete process.env.POSTERN_TEST_SECRET
  })
  const gateway = resources.use(await startGateway({ definitions: {}, artifacts: { 'plugin.js': await compiledText(probe) } }))
  const folder = gateway.folder.path
  await writeFile(join(folder, 'file.txt'), 'the text')
  const api = (path: string, fields: object) =>
    definition('http://127.0.0.1:1', {
      api_id: path,
      custom_middleware: {
        driver: 'jsplugin',
        pre: [{ name: 'Probe', path: 'plugin.js', isolation: 'worker', config: { folder, port }, ...fields }],
      },
      proxy: { listen_path: `/${path}/` },
    })
  const permissions = {
    net: true,
    child_process: true,
    fs_read: ['.'],
    fs_write: ['.'],
    env: ['POSTERN_TEST_GRANTED', 'MISSING'],
  }
  await gateway.folder.writeDefinition('denied.json', api('denied', {}))
  await gateway.folder.writeDefinition('granted.json', api('granted', { permissions }))
  assert.deepEqual((await gateway.reload()).quarantined, [])
  const ask = async (path: string) => {
    const { text } = await exchange(gateway.port, formatRequest(`GET /${path}/?program=${import.meta.filename}`))
    return JSON.parse(text) as unknown
  }
  return { denied: await ask('denied'), granted: await ask('granted') }
}
