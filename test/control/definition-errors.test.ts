import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definition, onPath, plugin, problemsOf, withAuth, withHooks, withSections } from './definitions.ts'

describe('a definition that cannot be served as it says', () => {
  const cases: Record<string, { json: unknown; problem: string | RegExp }[]> = {
    'a field of the wrong kind': [
      { json: [], problem: 'expected an object, found a list' },
      { json: definition({ name: 7 }), problem: 'name: expected a string, found 7' },
      { json: definition({ api_id: undefined }), problem: 'api_id: expected a string, found nothing' },
      { json: definition({ api_id: '' }), problem: 'api_id: expected a non-empty string, found ""' },
      { json: definition({ use_keyless: 'yes' }), problem: 'use_keyless: expected true or false, found "yes"' },
      { json: definition({ config_data: [] }), problem: 'config_data: expected an object, found a list' },
      { json: withHooks({ pre: {} }), problem: 'custom_middleware.pre: expected a list, found an object' },
      {
        json: withHooks({ pre: [plugin, { ...plugin, path: 7 }] }),
        problem: 'custom_middleware.pre[1].path: expected a string, found 7',
      },
      {
        json: withHooks({ pre: [{ ...plugin, name: '' }] }),
        problem: 'custom_middleware.pre[0].name: expected a non-empty string, found ""',
      },
      {
        json: withHooks({ pre: [{ ...plugin, disabled: 'no' }] }),
        problem: 'custom_middleware.pre[0].disabled: expected true or false, found "no"',
      },
      {
        json: withHooks({ post: [{ ...plugin, timeout_ms: 0 }] }),
        problem: 'custom_middleware.post[0].timeout_ms: expected a number of at least 1, found 0',
      },
      {
        json: withHooks({ post: [{ ...plugin, timeout_ms: 1.5 }] }),
        problem: 'custom_middleware.post[0].timeout_ms: expected a whole number, found 1.5',
      },
      {
        json: withHooks({ post: [{ ...plugin, on_error: 'ignore' }] }),
        problem: 'custom_middleware.post[0].on_error: expected one of "fail", "skip", found "ignore"',
      },
      {
        json: withHooks({ post: [{ ...plugin, isolation: 'process' }] }),
        problem: 'custom_middleware.post[0].isolation: expected one of "inline", "worker", found "process"',
      },
      ...Object.entries({ memory_mb: 64, cpu_ms: 100, permissions: {} }).map(([name, value]) => ({
        json: withHooks({ post: [{ ...plugin, [name]: value }] }),
        problem: `custom_middleware.post[0].${name}: nothing keeps a plugin to it inline; set "isolation" to "worker", or remove it`,
      })),
      {
        json: withHooks({ post: [{ ...plugin, isolation: 'worker', memory_mb: 8 }] }),
        problem: 'custom_middleware.post[0].memory_mb: expected a number of at least 16, found 8',
      },
      {
        json: withHooks({ post: [{ ...plugin, isolation: 'worker', permissions: { fs_read: true } }] }),
        problem: 'custom_middleware.post[0].permissions.fs_read: expected a list, found true',
      },
      {
        json: withHooks({ post: [{ ...plugin, isolation: 'worker', permissions: { fs_reed: ['data'] } }] }),
        problem: 'custom_middleware.post[0].permissions.fs_reed: there is no such permission; did you mean "fs_read"?',
      },
    ],
    'a listen path that cannot be': [
      ...['orders', '', '/or ders', '/{id}', '/a/../b', '/a?b', '/caf\u00e9'].map((listen_path) => ({
        json: definition({ proxy: { listen_path } }),
        problem: /^proxy\.listen_path: expected /,
      })),
      ...['/tyk', '/tyk/apis', '/hello', '/ready/'].map((listen_path) => ({
        json: definition({ proxy: { listen_path } }),
        problem: /^proxy\.listen_path: .* is taken: the gateway itself answers under "\/(tyk|hello|ready)"; choose another$/,
      })),
    ],
    'a target that cannot be': [
      {
        json: definition({ proxy: { target_url: 'upstream' } }),
        problem: 'proxy.target_url: expected an http or https URL, found "upstream"',
      },
      {
        json: definition({ proxy: { target_url: 'ftp://u:p@x' } }),
        problem: 'proxy.target_url: expected an http or https URL, found "ftp://…@x"',
      },
      {
        json: definition({ proxy: { target_url: 'http://u:p@x' } }),
        problem: /^proxy\.target_url: expected a URL without user name and password; /,
      },
    ],
    'a domain that cannot be': [
      {
        json: definition({ domain: '{tenant:[a-z}.example.com' }),
        problem: /^domain: expected a host name without port, in which .*, found "\{tenant:\[a-z\}\.example\.com"/,
      },
      { json: definition({ domain: 'example.com:80' }), problem: /^domain: expected a host name/ },
    ],
    'hooks without a driver of ours': [
      {
        json: withHooks({ driver: '', pre: [plugin] }),
        problem: 'custom_middleware.driver: expected "jsplugin" (or its alias "goplugin"), found nothing',
      },
      ...['otto', 'python', 'lua', 'grpc', 'javascript'].map((driver) => ({
        json: withHooks({ driver, response: [plugin] }),
        problem: `custom_middleware.driver: expected "jsplugin" (or its alias "goplugin"), found "${driver}", whose plugins Postern does not run`,
      })),
    ],
    'authentication that would not happen': [
      {
        json: withAuth(plugin, { custom_plugin_auth_enabled: false }),
        problem: 'custom_middleware.auth_check: no flag enables it; set "custom_plugin_auth_enabled" to true, or remove it',
      },
      {
        json: withAuth({ ...plugin, on_error: 'skip' }),
        problem:
          'custom_middleware.auth_check.on_error: expected "fail", found "skip", which would let everyone in when the plugin fails',
      },
      { json: withAuth({ name: 'Foo' }), problem: 'custom_middleware.auth_check.path: expected a string, found nothing' },
    ],
    'an artifact that may not be named': [
      {
        json: withHooks({ pre: [{ ...plugin, path: '/opt/plugin.so' }] }),
        problem:
          /^custom_middleware\.pre\[0\]\.path: found "\/opt\/plugin\.so", expected a compiled plugin \(\.js\): Go binaries cannot be loaded; see docs\/porting-from-tyk\.md$/,
      },
      ...['../plugin.js', 'plugins/../../x.js', '/etc/passwd', '/opt/plugins-of-others/x.js', '.'].map((path) => ({
        json: withHooks({ pre: [{ ...plugin, path }] }),
        problem:
          /^custom_middleware\.pre\[0\]\.path: ".*" lies outside of the folder of gateway\.conf \("\/etc\/postern"\); .* "plugin_paths"/,
      })),
      {
        json: withSections({ js_plugin: [onPath({ plugin_path: '../x.js' })] }),
        problem: /js_plugin\[0\]\.plugin_path: "\.\.\/x\.js" lies outside/,
      },
    ],
    'a path plugin that would never run': [
      {
        json: withSections({ js_plugin: [onPath({ method: '' })] }),
        problem: /\.js_plugin\[0\]\.method: expected a non-empty string, found ""$/,
      },
      {
        json: withSections({ go_plugin: [onPath({ func_name: undefined })] }),
        problem: /\.go_plugin\[0\]\.func_name: expected a string, found nothing$/,
      },
      {
        json: withSections({ js_plugin: [onPath({ path: '/(a' })] }),
        problem:
          /^version_data\.versions\.Default\.extended_paths\.js_plugin\[0\]\.path: expected a path rule or a regular expression, found "\/\(a": /,
      },
    ],
    'several versions': [
      {
        json: definition({ version_data: { not_versioned: false, versions: { v1: {}, v2: {} } } }),
        problem:
          'definition.location: expected "header", "url-param" or "url", which say where requests name their version, found nothing',
      },
      {
        json: definition({ version_data: { not_versioned: true, versions: { v1: {}, v2: {} } } }),
        problem: 'version_data.versions: expected one that is called "Default", found "v1", "v2"',
      },
    ],
  }
  for (const [title, list] of Object.entries(cases)) {
    test(title, async () => {
      for (const { json, problem } of list) {
        const [found = '', ...more] = await problemsOf(json)
        assert.deepEqual(more, [])
        if (typeof problem === 'string') assert.equal(found, problem)
        else assert.match(found, problem)
      }
    })
  }
})

test('every problem of a definition is told at once', async () => {
  const problems = await problemsOf({
    ...withHooks({ driver: 'otto', pre: [{ ...plugin, path: '../x.js' }] }, { is_oas: true }),
  })
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    ['is_oas', 'custom_middleware.driver', 'custom_middleware.pre[0].path'],
  )
})
