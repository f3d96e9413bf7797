import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { UNKILLABLE_STATUS } from '../../src/plugin/isolation/end-process.ts'
import { type CapturedLog, captureLog } from '../harness/captured-log.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { until } from '../harness/until.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

interface Started extends AsyncDisposable {
  readonly url: string
  readonly log: CapturedLog
  readonly exited: Promise<unknown[]>
}

/** A gateway in a process of its own: /loop/ hangs its worker for good, /free/ has no plugin. */
async function start(...options: string[]): Promise<Started> {
  const plugin = `
    import type { Plugin } from 'postern/plugin'
    export const Loop: Plugin = () => { for (;;) new Array(1000).fill(0) }`
  const pre = [{ name: 'Loop', path: 'plugin.js', isolation: 'worker', cpu_ms: 50 }]
  const looping = { api_id: 'loop', proxy: { listen_path: '/loop/' }, custom_middleware: { driver: 'jsplugin', pre } }
  const folder = await makeGatewayFolder({
    definitions: {
      'loop.json': definition('http://127.0.0.1:1', looping),
      'free.json': definition('http://127.0.0.1:1', { api_id: 'free', proxy: { listen_path: '/free/' } }),
    },
    artifacts: { 'plugin.js': await compiledText(plugin) },
    config: { log_format: 'json' },
  })
  const args = [main, 'start', '--conf', folder.config, ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const log = captureLog()
  createInterface(child.stdout).on('line', log.destination.write)
  const { url } = JSON.parse(await log.waitFor(' listens on ')) as { url: string }
  return {
    url,
    log,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function statusOf(url: string): Promise<number> {
  return fetch(url).then(
    ({ status }) => status,
    () => 0,
  )
}

test('a loop that V8 cannot interrupt ends the process, with a status of its own, and the log says why', async () => {
  await using gateway = await start('--no-supervisor')
  await fetch(`${gateway.url}/loop/`).catch(() => {})
  assert.deepEqual(await gateway.exited, [UNKILLABLE_STATUS, null])
  const { level, code, msg } = JSON.parse(await gateway.log.waitFor('worker_unkillable'))
  assert.deepEqual([level, code], ['fatal', 'worker_unkillable'])
  assert.match(msg, /^End the worker of the plugin "plugin" failed: .*; ending the process with status 86$/)
})

test('under a supervisor the process is replaced, and the plugin kept away for a while', async () => {
  await using gateway = await start()
  await fetch(`${gateway.url}/loop/`).catch(() => {})
  await gateway.log.waitFor('worker_unkillable')
  await until('the other API to be served again', async () => (await statusOf(`${gateway.url}/free/`)) === 500, 20_000)
  assert.equal(await statusOf(`${gateway.url}/loop/`), 500, 'quarantined, so it answers at once')
  await gateway.log.waitFor('plugin_blamed')
})
