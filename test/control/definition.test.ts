import assert from 'node:assert/strict'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, type Json, onPath, plugin, read, withAuth, withHooks, withVersion } from './definitions.ts'
import { makeFolder } from './temporary-folder.ts'

test('a minimal definition is read with defaults', async () => {
  const { definition: found, raw, warnings } = await read(definition())
  const { upstream, ...others } = found
  assert.deepEqual(warnings, [])
  assert.deepEqual(
    { ...others, targetUrl: others.targetUrl.href },
    {
      apiId: 'orders',
      name: 'Orders',
      orgId: '',
      domain: '',
      certificate: null,
      listenPath: '/orders/',
      internal: false,
      targetUrl: 'http://upstream:8080/v1',
      stripListenPath: false,
      preserveHostHeader: false,
      useKeyless: true,
      hooks: { pre: [], postKeyAuth: [], post: [], response: [] },
      authCheck: null,
      authCheckProvides: true,
      recording: {
        tracked: true,
        detailed: false,
        tags: [],
        tagHeaders: [],
        expireAfter: 0,
        secrets: { headers: new Set(), params: new Set() },
        plugins: [],
      },
      versions: [
        {
          name: 'Default',
          overrideTarget: null,
          steps: [],
          pathPlugins: [],
          recordedPaths: { untracked: null, endpoints: null },
        },
      ],
      versioning: null,
    },
  )
  const { url, tls, certificates, pins, ...rest } = upstream
  assert.equal(url.href, 'http://upstream:8080/v1')
  assert.deepEqual(rest, { balancing: null, retries: null, proxy: null, tests: [], discovery: null })
  assert.deepEqual([...certificates, ...pins], [])
  assert.deepEqual(Object.values(tls).filter(Boolean), [[]])
  assert.equal(raw, null, 'there is no plugin to see it')
})

test('an exported definition loads; only what is active and unsupported is warned about', async () => {
  const text = await readFile(join(import.meta.dirname, 'fixtures/exported.json'), 'utf8')
  const { definition: orders, raw, warnings } = await read(JSON.parse(text))
  assert.deepEqual(warnings, [
    'use_standard_auth: of no effect, because "use_keyless" is true',
    'enable_ip_whitelisting: of no effect, because "allowed_ips" is empty',
  ])
  assert.deepEqual(raw, JSON.parse(text))
  assert.deepEqual(
    orders.hooks.pre.map(({ name, file }) => [name, file]),
    [['Before', '/etc/postern/plugins/plugin.js']],
  )
  assert.deepEqual(
    orders.versions[0].pathPlugins.map(({ name, method, rule }) => [name, method, rule.text]),
    [['Foo', 'GET', '/get']],
  )
})

test('plugins see the file as it is, deep-frozen, with the defaults of what is always there', async () => {
  const { raw, definition: read_ } = await read(
    withHooks({ pre: [{ ...plugin, config: { limits: [1] } }] }, { own_field: { a: [1] }, version_data: null }),
  )
  assert.ok(raw)
  assert.equal(raw.org_id, '')
  assert.deepEqual(raw.own_field, { a: [1] })
  assert.throws(() => (raw.own_field as { a: number[] }).a.push(2), TypeError)
  assert.deepEqual(raw.version_data, { not_versioned: true, versions: {} })
  const { config } = read_.hooks.pre[0] as { config: { limits: number[] } }
  assert.throws(() => config.limits.push(2), TypeError)
})

test('a plugin use has its settings, its place and its artifact', async () => {
  const pre = [
    { disabled: true },
    plugin,
    { ...plugin, config: { a: null }, on_error: 'skip', timeout_ms: 5, max_errors: 3, window_ms: 4, cooldown_ms: 5 },
  ]
  const { hooks } = (await read(withHooks({ pre }))).definition
  const common = { name: 'Foo', path: 'plugins/plugin.js', file: '/etc/postern/plugins/plugin.js', isolation: 'inline' }
  assert.deepEqual(hooks.pre, [
    {
      ...common,
      config: {},
      onError: 'fail',
      timeoutMs: 10_000,
      breaker: { maxErrors: 0, windowMs: 60_000, cooldownMs: 30_000 },
      field: 'custom_middleware.pre[1]',
    },
    {
      ...common,
      config: { a: null },
      onError: 'skip',
      timeoutMs: 5,
      breaker: { maxErrors: 3, windowMs: 4, cooldownMs: 5 },
      field: 'custom_middleware.pre[2]',
    },
  ])
})

test('a plugin in a worker has its limits, and paths of its permissions are relative to the folder of gateway.conf', async () => {
  const limits = { memory_mb: 32, cpu_ms: 50, permissions: { net: true, fs_read: ['data', '/srv'], env: ['REGION'] } }
  const pre = [
    { ...plugin, isolation: 'worker' },
    { ...plugin, isolation: 'worker', ...limits },
  ]
  const { definition: read_, warnings } = await read(withHooks({ pre }))
  assert.deepEqual(warnings, [])
  const nothing = { net: false, child_process: false, fs_read: [], fs_write: [], env: [] }
  assert.deepEqual(
    read_.hooks.pre.map(({ isolation }) => isolation),
    [
      { memoryMb: 64, cpuMs: 1_000, permissions: nothing },
      {
        memoryMb: 32,
        cpuMs: 50,
        permissions: { ...nothing, net: true, fs_read: ['/etc/postern/data', '/srv'], env: ['REGION'] },
      },
    ],
  )
})

test('aliases mean the same: goplugin, use_go_plugin_auth, post_auth_check, go_plugin', async () => {
  const { definition: read_, warnings } = await read({
    ...withHooks(
      { driver: 'goplugin', auth_check: plugin, post_key_auth: [plugin], post_auth_check: [{ ...plugin, name: 'Bar' }] },
      { use_keyless: false, use_go_plugin_auth: true },
    ),
    version_data: {
      not_versioned: true,
      versions: {
        Default: {
          use_extended_paths: true,
          extended_paths: {
            go_plugin: [onPath({ func_name: 'Go' })],
            js_plugin: [onPath({ func_name: 'Js' }), { disabled: true }],
          },
        },
      },
    },
  })
  assert.deepEqual(warnings, [])
  assert.equal(read_.authCheck?.field, 'custom_middleware.auth_check')
  assert.deepEqual(
    read_.hooks.postKeyAuth.map(({ name, field }) => [name, field]),
    [
      ['Foo', 'custom_middleware.post_key_auth[0]'],
      ['Bar', 'custom_middleware.post_auth_check[0]'],
    ],
  )
  assert.deepEqual(
    read_.versions[0].pathPlugins.map(({ name }) => name),
    ['Js', 'Go'],
  )
})

test('what an open API does not run is warned about and left out', async () => {
  const { definition: read_, warnings } = await read(withAuth(plugin, { use_keyless: true }))
  assert.equal(read_.authCheck, null)
  assert.deepEqual(warnings, ['custom_middleware.auth_check: not run, because "use_keyless" is true'])
  const other = await read(withHooks({ post_key_auth: [plugin] }))
  assert.deepEqual(other.definition.hooks.postKeyAuth, [])
  assert.deepEqual(other.warnings, ['custom_middleware.post_key_auth: not run, because "use_keyless" is true'])
})

test('path plugins of a version without extended paths are not read', async () => {
  const { definition: read_, warnings } = await read(withVersion({ extended_paths: { js_plugin: [{ broken: true }] } }))
  assert.deepEqual(read_.versions[0].pathPlugins, [])
  assert.deepEqual(warnings, [
    'version_data.versions.Default.extended_paths.js_plugin: not read, because "use_extended_paths" is not true',
  ])
})

test('the version that is served is the only one, or the one called Default', async () => {
  const sections = (name: string) => ({ use_extended_paths: true, extended_paths: { js_plugin: [onPath({ func_name: name })] } })
  const servedBy = async (version_data: Json) =>
    (await read(definition({ version_data }))).definition.versions[0].pathPlugins[0]?.name
  assert.equal(await servedBy({ not_versioned: false, versions: { v1: sections('One') } }), 'One')
  assert.equal(await servedBy({ not_versioned: true, versions: { v1: sections('One'), Default: sections('Two') } }), 'Two')
})

test('a domain counts where custom domains are enabled', async () => {
  const json = definition({ domain: 'Api.Example.com' })
  assert.equal((await read(json)).definition.domain, 'api.example.com')
  assert.equal((await read({ ...json, domain_disabled: true })).definition.domain, '')
  const without = await read(json, { enableCustomDomains: false })
  assert.equal(without.definition.domain, '')
  assert.match(without.warnings.join(), /^domain: ignored, because "enable_custom_domains" is false/)
})

test('an artifact may lie under plugin_paths; links are followed to tell where it lies', async () => {
  await using folder = await makeFolder({ 'conf/plugins/v1/plugin.js': '', 'outside/plugin.js': '' })
  const confFolder = join(folder.path, 'conf')
  const outside = join(folder.path, 'outside')
  await symlink('v1', join(confFolder, 'plugins/current'))
  await symlink(outside, join(confFolder, 'linked'))
  await mkdir(join(confFolder, 'empty'))
  const fileOf = async (path: string, pluginPaths: string[] = []) =>
    (await read(withHooks({ pre: [{ ...plugin, path }] }), { confFolder, pluginPaths })).definition.hooks.pre[0]?.file

  assert.equal(await fileOf('plugins/current/plugin.js'), join(confFolder, 'plugins/current/plugin.js'))
  assert.equal(await fileOf('empty/not-yet-there.js'), join(confFolder, 'empty/not-yet-there.js'))
  await assert.rejects(fileOf('linked/plugin.js'), /lies outside/)
  await assert.rejects(fileOf('linked/not-yet-there.js'), /lies outside/)
  assert.equal(await fileOf('linked/plugin.js', [outside]), join(confFolder, 'linked/plugin.js'))
  assert.equal(await fileOf(join(outside, 'plugin.js'), [outside]), join(outside, 'plugin.js'))
})
