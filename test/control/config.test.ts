import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/control/config/load.ts'
import { redact } from '../../src/control/config/redact.ts'
import type { Config } from '../../src/control/config/schema.ts'
import { openSecret } from '../../src/control/config/secret.ts'
import type { PosternError } from '../../src/errors.ts'
import { makeFolder } from './temporary-folder.ts'

async function load(content: unknown, env: NodeJS.ProcessEnv = {}): Promise<Config> {
  await using folder = await makeFolder()
  return await loadConfig({ file: await folder.write('gateway.conf', content), env })
}

/** The lines of the error that a configuration leads to, without the heading. */
async function problemsOf(content: unknown, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  try {
    await load(content, env)
  } catch (error) {
    assert.equal((error as { code: string }).code, 'config_invalid')
    return (error as PosternError).problems.flatMap((problem) => problem.split('\n'))
  }
  assert.fail('the configuration was accepted')
}

test('an empty configuration has the documented defaults, with paths relative to its folder', async () => {
  const { file, folder, ...config } = await load({})
  assert.equal(file, join(folder, 'gateway.conf'))
  assert.partialDeepStrictEqual(config, {
    listen_address: '',
    listen_port: 8181,
    secret: '',
    secrets: {},
    secrets_path: join(folder, 'secrets'),
    app_path: join(folder, 'apps'),
    data_path: join(folder, 'data'),
    storage: {
      type: 'sqlite',
      host: 'localhost',
      port: 6379,
      addrs: [],
      enable_cluster: false,
      username: '',
      password: '',
      database: 0,
      use_ssl: false,
      ca_file: '',
      cert_file: '',
      key_file: '',
      timeout: 0.5,
      on_outage: 'allow',
      cache_max_size: 67_108_864,
    },
    plugin_paths: [],
    watch_plugins: false,
    plugin_public_keys: [],
    require_signed_plugins: false,
    signing: { keys: [], required: false },
    max_plugin_body: 10_485_760,
    enable_bundle_downloader: false,
    bundle_base_url: '',
    bundle_insecure_skip_verify: false,
    public_key_path: '',
    bundle_timeout: 30,
    bundle_load_wait: 3,
    bundle_max_size: 52_428_800,
    bundle_max_unpacked_size: 209_715_200,
    bundle_max_files: 1000,
    proxy_default_timeout: 30,
    enable_custom_domains: false,
    http_server_options: { enable_strict_routes: true, read_timeout: 120 },
    log_level: 'info',
    log_format: 'auto',
    access_logs: { enabled: false },
    workers: 1,
    event_loop_block_ms: 500,
    event_loop_kill_ms: 5_000,
    plugin_quarantine_ms: 60_000,
    graceful_shutdown_timeout_duration: 30,
    graceful_shutdown_delay_seconds: 0,
  })
})

test('the environment wins over the file, key by key', async () => {
  const config = await load(
    { listen_port: 1, http_server_options: { read_timeout: 7 }, log_format: 'text', secret: 'of the file' },
    {
      POSTERN_LISTEN_PORT: '0',
      POSTERN_HTTP_SERVER_OPTIONS_ENABLE_STRICT_ROUTES: 'false',
      POSTERN_PLUGIN_PATHS: '/opt/one, two',
      POSTERN_PROXY_DEFAULT_TIMEOUT: '0.5',
      POSTERN_ACCESS_LOGS_ENABLED: 'true',
      POSTERN_SECRET: '',
    },
  )
  assert.equal(config.listen_port, 0)
  const { enable_strict_routes: strict, read_timeout: timeout } = config.http_server_options
  assert.deepEqual([strict, timeout], [false, 7])
  assert.deepEqual(config.plugin_paths, ['/opt/one', join(config.folder, 'two')])
  assert.equal(config.proxy_default_timeout, 0.5)
  assert.equal(config.access_logs.enabled, true)
  assert.equal(config.log_format, 'pretty')
  assert.equal(config.secret, 'of the file')
})

test('a secret can come from a file that a variable names', async () => {
  await using folder = await makeFolder({ token: 'hush\n' })
  const env = { POSTERN_SECRET_FILE: join(folder.path, 'token') }
  assert.equal((await load({}, env)).secret, 'hush')
  assert.match(
    (await problemsOf({}, { ...env, POSTERN_SECRET: 'x' })).join(),
    /^POSTERN_SECRET_FILE: POSTERN_SECRET is set as well/,
  )
  assert.match(
    (await problemsOf({}, { POSTERN_SECRET_FILE: '/nowhere/token' })).join(),
    /^POSTERN_SECRET_FILE: expected .* "\/nowhere\/token"/,
  )
})

test('the file is named by the caller, else by POSTERN_CONF; one that is missing is named in full', async () => {
  await using folder = await makeFolder({ 'other.conf': { listen_port: 9 } })
  const env = { POSTERN_CONF: join(folder.path, 'other.conf') }
  assert.equal((await loadConfig({ env })).listen_port, 9)
  await assert.rejects(loadConfig({ file: join(folder.path, 'none.conf'), env }), {
    code: 'config_unreadable',
    message: `Read the configuration "${folder.path}/none.conf" failed: there is no such file; name the file with --conf FILE or POSTERN_CONF`,
  })
})

describe('a wrong configuration', () => {
  const cases: { content?: unknown; env?: NodeJS.ProcessEnv; problem: string }[] = [
    { content: { listen_prot: 1 }, problem: 'listen_prot: unknown key; did you mean "listen_port"?' },
    {
      content: { enable_strict_routes: true },
      problem: 'enable_strict_routes: unknown key; did you mean "http_server_options.enable_strict_routes"?',
    },
    { content: { quite_another_thing: 1 }, problem: 'quite_another_thing: unknown key; remove it' },
    { content: { storage: { addrs: ['b'] } }, problem: 'storage.addrs[0]: expected host:port, found "b"' },
    {
      content: { storage: { addrs: ['a:1', 'b:2'] } },
      problem: 'storage.addrs: expected one address, enable_cluster or master_name, found 2',
    },
    {
      content: { storage: { enable_cluster: true, database: 3 } },
      problem: 'storage.database: expected 0, since a cluster has no other, found 3',
    },
    {
      content: { storage: { enable_cluster: true, master_name: 'mymaster' } },
      problem: 'storage.master_name: expected none, since a cluster has no sentinels',
    },
    {
      content: { storage: { tls_min_version: '1.3', tls_max_version: '1.2' } },
      problem: 'storage.tls_max_version: expected at least "tls_min_version" (1.3), found 1.2',
    },
    { content: { storage: { password: 7 } }, problem: 'storage.password: expected a string, found a hidden value' },
    { content: { listen_port: '80' }, problem: 'listen_port: expected a number, found "80"' },
    { content: { listen_port: 65_536 }, problem: 'listen_port: expected a number of at most 65535, found 65536' },
    { content: { listen_port: 1.5 }, problem: 'listen_port: expected a whole number, found 1.5' },
    { content: { proxy_default_timeout: 0 }, problem: 'proxy_default_timeout: expected a number greater than 0, found 0' },
    { content: { app_path: '' }, problem: 'app_path: expected a non-empty string, found ""' },
    { content: { plugin_paths: ['a', 1] }, problem: 'plugin_paths[1]: expected a string, found 1' },
    {
      content: { bundle_base_url: 'ftp://bundles/' },
      problem: 'bundle_base_url: expected an http or https URL, file:///folder, or s3://bucket/prefix',
    },
    { content: { http_server_options: [] }, problem: 'http_server_options: expected an object, found a list' },
    { content: { log_format: 'xml' }, problem: 'log_format: expected one of "auto", "json", "pretty", "text", found "xml"' },
    { content: { secret: 123_456 }, problem: 'secret: expected a string, found a hidden value' },
    { content: [], problem: 'expected an object, found a list' },
    { env: { POSTERN_LISTEN_PORT: 'x' }, problem: 'POSTERN_LISTEN_PORT: expected a number, found "x"' },
    { env: { POSTERN_LISTEN_PORT: '' }, problem: 'POSTERN_LISTEN_PORT: expected a number, found ""' },
    {
      env: { POSTERN_HTTP_SERVER_OPTIONS_ENABLE_STRICT_ROUTES: 'yes' },
      problem: 'POSTERN_HTTP_SERVER_OPTIONS_ENABLE_STRICT_ROUTES: expected true or false, found "yes"',
    },
    { env: { POSTERN_LISTEN_PROT: '1' }, problem: 'POSTERN_LISTEN_PROT: unknown variable; did you mean "POSTERN_LISTEN_PORT"?' },
    { env: { POSTERN_PORT: '1' }, problem: 'POSTERN_PORT: unknown variable; did you mean "POSTERN_LISTEN_PORT"?' },
    {
      env: { POSTERN_NEWRELIC_APP_NAME: 'x' },
      problem: "POSTERN_NEWRELIC_APP_NAME: stands for a key of Tyk's that Postern does not have (yet); unset it",
    },
  ]
  for (const { content = {}, env = {}, problem } of cases) {
    test(`is refused: ${problem}`, async () => assert.deepEqual(await problemsOf(content, env), [problem]))
  }
})

test('every problem is told at once, also those beside a syntax error', async () => {
  const problems = await problemsOf({ listen_port: 'x', nothing_known: 1, log_level: 'loud' }, { POSTERN_MAX_PLUGIN_BODY: 'ten' })
  assert.equal(problems.length, 4)
  const withSyntaxError = await problemsOf('{\n  "listen_port": 1,\n}', { POSTERN_MAX_PLUGIN_BODY: 'ten' })
  assert.match(withSyntaxError.join('\n'), /gateway\.conf" failed at line 3, column 1: expected double-quoted property name/)
  assert.match(withSyntaxError.join('\n'), /POSTERN_MAX_PLUGIN_BODY/)
})

test('a syntax error shows line, column and text, but no secret', async () => {
  const problems = await problemsOf('{\n  "secret": "hush", "listen_port" 1\n}')
  assert.match(problems[0] ?? '', /line 2, column 35: expected ':' after property name$/)
  assert.deepEqual(problems.slice(1), ['  2 |   "secret": "****", "listen_port" 1', `${' '.repeat(40)}^`])
})

test('a syntax error among secrets shows none of them', async () => {
  for (const text of [
    '{\n  "secrets": {\n    "token": "hush" "other": "hush"\n  }\n}',
    '{ "secrets": { "token": "hush" }, "listen_port" 1 }',
  ]) {
    const problems = await problemsOf(text)
    assert.doesNotMatch(problems.join('\n'), /hush/)
    assert.match(problems.join('\n'), /\*{4}/)
  }
})

test('secrets are given by the file, or as JSON by a variable or the file that one names', async () => {
  await using folder = await makeFolder({ all: '{ "a": "3" }\n' })
  assert.deepEqual((await load({ secrets: { a: '1' } })).secrets, { a: '1' })
  assert.deepEqual((await load({ secrets: { a: '1' } }, { POSTERN_SECRETS: '{"a":"2"}' })).secrets, { a: '2' })
  assert.deepEqual((await load({}, { POSTERN_SECRETS_FILE: join(folder.path, 'all') })).secrets, { a: '3' })
  assert.deepEqual(await problemsOf({}, { POSTERN_SECRETS: 'hush' }), [
    'POSTERN_SECRETS: expected an object, found a hidden value',
  ])
  assert.deepEqual(await problemsOf({ secrets: { a: 1 } }), ['secrets.a: expected a string, found a hidden value'])
})

test('variables that a container platform sets for a service called postern are left alone', async () => {
  await load(
    {},
    {
      POSTERN_SERVICE_HOST: '10.0.0.1',
      POSTERN_SERVICE_PORT_HTTP: '80',
      POSTERN_PORT: 'tcp://10.0.0.1:80',
      POSTERN_PORT_80_TCP_ADDR: 'x',
    },
  )
})

test('one problem is told on the line that says what failed', async () => {
  await assert.rejects(load({ listen_port: 'x' }), {
    message: /^Load the configuration ".*gateway\.conf" failed: listen_port: expected a number, found "x"$/,
  })
})

test('where each value is from is known', async () => {
  const { sources, file } = await load(
    { $schema: './gateway.schema.json', listen_port: 1, http_server_options: { read_timeout: 7 } },
    { POSTERN_LISTEN_PORT: '0' },
  )
  assert.deepEqual(sources, { listen_port: 'POSTERN_LISTEN_PORT', 'http_server_options.read_timeout': file })
})

test('a printed configuration hides secrets and keeps the order of the schema', async () => {
  const printed = redact(await load({ secret: 'hush', secrets: { a: 'hush' } }))
  assert.equal(printed.secret, '[hidden]')
  assert.equal(printed.secrets, '[hidden]')
  assert.equal(redact(await load({})).secret, '')
  assert.deepEqual(Object.keys(printed).slice(0, 2), ['listen_address', 'listen_port'])
  assert.doesNotMatch(JSON.stringify(printed), /hush/)
})

describe('a secret that nobody configured', () => {
  test('is generated once, readable by the owner alone, and read from then on', async () => {
    await using folder = await makeFolder()
    const config = { secret: '', data_path: join(folder.path, 'data') }
    const first = await openSecret(config)
    assert.match(first.secret, /^[\w-]{43}$/)
    assert.equal(first.generatedIn, join(folder.path, 'data/secret'))
    assert.equal((await stat(first.generatedIn)).mode & 0o777, 0o600)
    assert.equal((await readFile(first.generatedIn, 'utf8')).trim(), first.secret)
    assert.deepEqual(await openSecret(config), { secret: first.secret, generatedIn: null })
  })

  test('of two that are started at once on one folder, both have the same generated secret', async () => {
    await using folder = await makeFolder()
    const config = { secret: '', data_path: join(folder.path, 'data') }
    const opened = await Promise.all(Array.from({ length: 8 }, () => openSecret(config)))
    assert.equal(new Set(opened.map(({ secret }) => secret)).size, 1)
    assert.equal(opened.filter(({ generatedIn }) => generatedIn !== null).length, 1)
  })

  test('is not needed where one is configured', async () => {
    assert.deepEqual(await openSecret({ secret: 'x', data_path: '/nowhere' }), { secret: 'x', generatedIn: null })
  })

  test('fails with the way out where it cannot be kept', async () => {
    await assert.rejects(openSecret({ secret: '', data_path: '/nowhere/data' }), {
      code: 'secret_not_kept',
      message: /^Keep a generated secret in "\/nowhere\/data\/secret" failed: .*set "secret" in gateway\.conf or POSTERN_SECRET$/,
    })
  })
})
