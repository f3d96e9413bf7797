import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { UNKILLABLE_STATUS } from '../../src/plugin/isolation/end-process.ts'
import { captureLog } from '../harness/captured-log.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

test('a loop that V8 cannot interrupt ends the process, with a status of its own, and the log says why', async () => {
  const plugin = `
    import type { Plugin } from 'postern/plugin'
    export const Loop: Plugin = () => { for (;;) new Array(1000).fill(0) }`
  const pre = [{ name: 'Loop', path: 'plugin.js', isolation: 'worker', cpu_ms: 50 }]
  await using folder = await makeGatewayFolder({
    definitions: { 'api.json': definition('http://127.0.0.1:1', { custom_middleware: { driver: 'jsplugin', pre } }) },
    artifacts: { 'plugin.js': await compiledText(plugin) },
    config: { log_format: 'json' },
  })
  const child = spawn(process.execPath, [main, 'start', '--conf', folder.config], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const log = captureLog()
  createInterface(child.stdout).on('line', log.destination.write)
  try {
    const { url } = JSON.parse(await log.waitFor(' listens on ')) as { url: string }
    await fetch(`${url}/api/`).catch(() => {})
    assert.deepEqual(await exited, [UNKILLABLE_STATUS, null])
    const { level, code, msg } = JSON.parse(await log.waitFor('worker_unkillable'))
    assert.deepEqual([level, code], ['fatal', 'worker_unkillable'])
    assert.match(msg, /^End the worker of the plugin "plugin" failed: .*; ending the process with status 86$/)
  } finally {
    child.kill('SIGKILL')
  }
})
