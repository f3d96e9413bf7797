import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { current, display } from '../../src/version.ts'
import { until } from '../harness/until.ts'
import { makeFolder } from './temporary-folder.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('POSTERN_')))

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function postern(args: readonly string[], { env = {}, cwd }: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { env: { ...environment, ...env }, cwd }, (_, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
  })
}

const definition = {
  name: 'Orders',
  api_id: 'orders',
  use_keyless: true,
  proxy: { listen_path: '/orders/', target_url: 'http://127.0.0.1:9' },
}

describe('usage', () => {
  test('help and version go to standard output', async () => {
    const help = await postern(['help'])
    assert.equal(help.code, 0)
    assert.match(help.out, /^usage:\n {2}postern start \[--conf FILE\] \[--no-supervisor\] .*start the gateway\n/)
    const ofCommand = await postern(['config', 'check', '--help'])
    assert.deepEqual(ofCommand, { code: 0, out: 'usage: postern config check [--conf FILE]\n', err: '' })
    assert.equal((await postern(['--version'])).out, `${display(current)}\n`)
  })

  test('wrong usage exits with 2 and says what was meant on standard error', async () => {
    const cases: [string[], RegExp][] = [
      [[], /^usage:\n {2}postern start/],
      [['strat'], /^Run the command "strat" failed: there is none of that name; did you mean "start"\?\nusage:/],
      [['plugin', 'biuld'], /did you mean "plugin build"\?/],
      [['plugin'], /did you mean "plugin init"\?/],
      [['quite-another-thing'], /there is none of that name\nusage:/],
      [
        ['start', '--config', 'x'],
        /^Run "postern start" failed: Unknown option '--config'\nusage: postern start \[--conf FILE\] \[--no-supervisor\].*\n$/,
      ],
      [['config', 'check', 'x.conf'], /^Run "postern config check" failed: Unexpected argument 'x\.conf'/],
    ]
    for (const [args, text] of cases) {
      const { code, out, err } = await postern(args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, text)
    }
  })
})

describe('postern config', () => {
  test('check says ok, or everything that is wrong', async () => {
    await using folder = await makeFolder({ 'gateway.conf': {}, 'apps/orders.json': { ...definition, detailed_tracing: true } })
    const good = await postern(['config', 'check'], { cwd: folder.path })
    assert.equal(good.code, 0)
    assert.match(good.out, /^ok: .*gateway\.conf, APIs: 1\n$/)
    assert.match(good.err, /orders\.json: detailed_tracing: not supported yet; ignored\n$/)

    await folder.write('apps/broken.json', { ...definition, name: 1 })
    const badDefinition = await postern(['config', 'check'], { cwd: folder.path })
    assert.deepEqual([badDefinition.code, badDefinition.out], [1, ''])
    assert.match(badDefinition.err, /broken\.json" failed: name: expected a string, found 1\n$/)

    await folder.write('apps/broken.json', {
      ...definition,
      api_id: 'broken',
      proxy: { ...definition.proxy, listen_path: '/broken/' },
      custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Foo', path: 'none.js' }] },
    })
    const badPlugin = await postern(['config', 'check'], { cwd: folder.path })
    assert.deepEqual([badPlugin.code, badPlugin.out], [1, ''])
    assert.match(badPlugin.err, /broken\.json: custom_middleware\.pre\[0\]: Load the artifact ".*none\.js" failed/)

    await folder.write('nothing.conf', { app_path: 'nowhere', policies: { policy_path: 'nowhere' }, close_connections: true })
    const nothing = await postern(['config', 'check', '--conf', 'nothing.conf'], { cwd: folder.path })
    assert.equal(nothing.code, 1)
    assert.match(nothing.err, /^close_connections: .*\nRead the definitions in .*\nRead the policies in .*\n$/)

    const conf = await folder.write('bad.conf', { listen_prot: 1, log_level: 'loud' })
    const badConfig = await postern(['config', 'check', '--conf', conf])
    assert.equal(badConfig.code, 1)
    assert.match(badConfig.err, /bad\.conf" failed:\nlog_level: .*\nlisten_prot: .*"listen_port"\?\n$/)
  })

  test('print shows what takes effect, without secrets; schema is a JSON Schema', async () => {
    await using folder = await makeFolder({ 'gateway.conf': { secret: 'hush', close_connections: true } })
    const conf = join(folder.path, 'gateway.conf')
    const env = { POSTERN_LISTEN_PORT: '99' }
    const printed = await postern(['config', 'print', '--conf', conf], { env })
    assert.match(printed.out, /^listen_port {2,}99 {2,}POSTERN_LISTEN_PORT$/m)
    assert.match(printed.out, new RegExp(`^secret {2,}"\\[hidden\\]" {2,}${conf}$`, 'm'))
    assert.match(printed.out, /^http_server_options\.read_timeout {2,}120 {2,}default$/m)
    assert.doesNotMatch(printed.out, /hush/)
    assert.match(printed.err, /^close_connections: a key of Tyk's/)
    const values = JSON.parse((await postern(['config', 'print', '--json', '--conf', conf], { env })).out)
    assert.deepEqual([values.listen_port, values.secret], [99, '[hidden]'])

    const schema = JSON.parse((await postern(['config', 'schema'])).out)
    const { default: port, description } = schema.properties.listen_port
    assert.equal(port, 8181)
    assert.match(description, /^The port to listen on; .* Variable: POSTERN_LISTEN_PORT\.$/)
    assert.match(schema.properties.storage.properties.host.description, /^The host of Redis/)
    assert.deepEqual(schema.properties.$schema, { type: 'string' })
  })
})

describe('postern health', () => {
  test('is 0 where the gateway is ready, and 1 where it is not or does not answer', async () => {
    let status = 200
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/ready' ? status : 404).end('not today'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    try {
      await using folder = await makeFolder({ 'gateway.conf': { listen_port: port } })
      const conf = ['--conf', join(folder.path, 'gateway.conf')]
      assert.deepEqual(await postern(['health', ...conf]), { code: 0, out: 'ready\n', err: '' })
      assert.equal((await postern(['health'], { env: { POSTERN_LISTEN_PORT: String(port) } })).code, 0)
      status = 503
      const url = `http://127.0.0.1:${port}/ready`
      assert.deepEqual(await postern(['health', '--url', url]), {
        code: 1,
        out: '',
        err: `Ask "${url}" failed: answered 503 not today\n`,
      })
    } finally {
      server.close()
      await once(server, 'close')
    }
    const gone = await postern(['health', '--url', `http://127.0.0.1:${port}/ready`])
    assert.equal(gone.code, 1)
    assert.match(gone.err, /ECONNREFUSED/)
  })
})

describe('postern start', () => {
  test('serves, reloads on SIGHUP, and closes on SIGTERM with exit code 0', async () => {
    await using folder = await makeFolder({
      'gateway.conf': { listen_port: 0, log_format: 'json' },
      'apps/orders.json': definition,
    })
    const gateway = startGateway(join(folder.path, 'gateway.conf'))
    try {
      const url = await until(gateway.output, () => /listens on (http:[^"\s]+)/.exec(gateway.output())?.[1])
      const secret = /Generated the secret of the admin API, kept in \S+data\/secret: (\S+)/.exec(gateway.output())?.[1]
      assert.equal((await readFile(join(folder.path, 'data/secret'), 'utf8')).trim(), secret)
      assert.equal((await fetch(`${url}/ready`)).status, 200)

      await folder.write('apps/more.json', {
        ...definition,
        api_id: 'more',
        proxy: { ...definition.proxy, listen_path: '/more/' },
      })
      assert.equal((await fetch(`${url}/more/`)).status, 404)
      gateway.child.kill('SIGHUP')
      await until(gateway.output, async () => (await fetch(`${url}/more/`)).status === 500)

      await folder.write('apps/more.json', '{')
      const reload = await fetch(`${url}/tyk/reload`, { headers: { 'X-Tyk-Authorization': secret ?? '' } })
      const answer = (await reload.json()) as { status: string; message: string }
      assert.equal(answer.status, 'ok')
      assert.match(answer.message, /^Not loaded: .*more\.json/)

      gateway.child.kill('SIGTERM')
      assert.deepEqual(await once(gateway.child, 'exit'), [0, null])
    } finally {
      gateway.child.kill('SIGKILL')
    }
  })

  test('says in one line why it cannot start', async () => {
    const blocker = createServer()
    await once(blocker.listen(0), 'listening')
    const { port } = blocker.address() as AddressInfo
    try {
      await using folder = await makeFolder({
        'gateway.conf': { secret: 'hush', log_level: 'silent' },
        'apps/orders.json': definition,
      })
      const conf = ['start', '--conf', join(folder.path, 'gateway.conf')]
      const cases: [NodeJS.ProcessEnv, RegExp][] = [
        [{ POSTERN_LISTEN_PORT: String(port) }, new RegExp(`^.*${port}.*\n$`)],
        [{ POSTERN_APP_PATH: '/nowhere' }, /^Read the definitions in "\/nowhere" failed: there is no such folder; .*\n$/],
        [{ POSTERN_SECRET_FILE: '/nowhere' }, /^Load the configuration .* failed: POSTERN_SECRET_FILE: .*\n$/],
      ]
      for (const [env, text] of cases) {
        const { code, err } = await postern(conf, { env })
        assert.equal(code, 1)
        assert.match(err, text)
      }
      const missing = await postern(['start', '--conf', join(folder.path, 'none.conf')])
      assert.equal(missing.code, 1)
      assert.match(missing.err, /^Read the configuration ".*none\.conf" failed: there is no such file; .*\n$/)
    } finally {
      blocker.close()
    }
  })
})

function startGateway(conf: string): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [main, 'start', '--conf', conf], { env: environment })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return { child, output: () => output }
}
