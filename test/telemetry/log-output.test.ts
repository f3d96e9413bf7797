/** The standard output of a gateway in a process of its own, as it fares in the world. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'

/** A start reads a lot, on a machine that may be busy. */
const START_MS = 60_000

const main = join(import.meta.dirname, '../../src/main.ts')

interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  /** What came on standard error. */
  readonly complaints: () => string
  ask(times: number): Promise<number[]>
  /** Sends SIGTERM; the exit code, and how long it took to end. */
  end(): Promise<{ code: number | null; ms: number }>
}

/** Starts a gateway that writes an access log to `stdout`. */
async function start(stdout: number | 'pipe', supervised: boolean): Promise<Running> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream())
  const port = await closedPort()
  const folder = resources.use(
    await makeGatewayFolder({
      definitions: { 'api.json': definition(upstream.url) },
      config: { listen_port: port, listen_address: '127.0.0.1', log_format: 'json', access_logs: { enabled: true } },
    }),
  )
  const args = [main, 'start', '--conf', folder.config, ...(supervised ? [] : ['--no-supervisor'])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', stdout, 'pipe'] })
  resources.defer(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  let complaints = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    complaints += text
  })
  const url = `http://127.0.0.1:${port}`
  const isReady = () => fetch(`${url}/ready`).then(({ ok }) => ok)
  await until('the gateway', () => isReady().catch(() => false), START_MS)
  const opened = resources.move()
  return {
    child,
    complaints: () => complaints,
    async ask(times) {
      const answers = Array.from({ length: times }, async () => {
        const response = await fetch(`${url}/api/`)
        await response.arrayBuffer()
        return response.status
      })
      return [...new Set(await Promise.all(answers))]
    },
    async end() {
      const since = performance.now()
      child.kill('SIGTERM')
      const [code] = await exited
      return { code: code as number | null, ms: performance.now() - since }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

for (const supervised of [false, true]) {
  describe(supervised ? 'with a supervisor' : 'on its own', () => {
    test('a gateway whose log goes to a full disk serves on, says so once, and ends in order', async () => {
      const full = openSync('/dev/full', constants.O_WRONLY)
      await using gateway = await start(full, supervised)
      closeSync(full)
      for (let i = 0; i < 10; i += 1) assert.deepEqual(await gateway.ask(20), [200])
      assert.equal((await gateway.end()).code, 0)
      assert.equal(gateway.complaints().match(/Write the log failed: ENOSPC/g)?.length, 1, gateway.complaints())
    })

    test('a gateway whose log nobody reads serves on, and ends all the same', async () => {
      await using gateway = await start('pipe', supervised)
      // More than a pipe holds.
      for (let i = 0; i < 20; i += 1) assert.deepEqual(await gateway.ask(50), [200])
      const { code, ms } = await gateway.end()
      assert.equal(code, 0)
      assert.ok(ms < 10_000, `${ms} ms`)
    })

    test('a gateway whose log lost its reader serves on', async () => {
      await using gateway = await start('pipe', supervised)
      gateway.child.stdout?.destroy()
      for (let i = 0; i < 5; i += 1) assert.deepEqual(await gateway.ask(20), [200])
      assert.equal((await gateway.end()).code, 0)
      assert.equal(gateway.complaints().match(/nobody reads it any more/g)?.length, 1, gateway.complaints())
    })

    test('no line is lost at an orderly end', async () => {
      await using gateway = await start('pipe', supervised)
      let text = ''
      gateway.child.stdout?.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      const asked = gateway.ask(200)
      await asked
      assert.equal((await gateway.end()).code, 0)
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.equal(lines.filter(({ prefix }) => prefix === 'access-log').length, 200)
      assert.equal(lines.at(-1)?.msg, 'Closed')
    })
  })
}
