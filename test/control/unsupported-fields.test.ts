import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definition, type Json, plugin, problemsOf, read, withAuth, withHooks, withSections, withVersion } from './definitions.ts'

describe('a field that protects an API, and is not supported yet, fails it while it is active', () => {
  const withAuthAnd = (fields: Json) => withAuth(plugin, fields)
  const cases: Record<string, Json> = {
    use_oauth2: withAuthAnd({ use_oauth2: true }),
    use_openid: withAuthAnd({ use_openid: true }),
    use_mutual_tls_auth: withAuthAnd({ use_mutual_tls_auth: true }),
    enable_signature_checking: withAuthAnd({ enable_signature_checking: true }),
    enable_coprocess_auth: withAuthAnd({ enable_coprocess_auth: true }),
    external_oauth: withAuthAnd({ external_oauth: { enabled: true } }),
    graphql: definition({ graphql: { enabled: true } }),
    ...Object.fromEntries(
      ['validate_request'].map((section) => [
        `version_data.versions.Default.extended_paths.${section}`,
        withSections({ [section]: [{ path: '/a', method: 'GET' }] }),
      ]),
    ),
  }
  for (const [field, json] of Object.entries(cases)) {
    test(field, async () => {
      const problem = `${field}: not supported yet, and serving the API without it would be unsafe; turn it off`
      assert.deepEqual(await problemsOf(json), [problem])
    })
  }
})

describe('a field that asks for what there is no place for says what to do instead', () => {
  const port =
    'found 9000, expected 0 or nothing, since no API has a port of its own: all are served on "listen_port" of gateway.conf; tell this one apart by its listen_path or its domain'
  const protocol =
    'found "tls", expected "http" or nothing, since all APIs are served on one port: TLS and HTTP/2 are turned on for it in "http_server_options" of gateway.conf, and other protocols are not spoken'
  const openApi = 'found true, expected false or nothing, since definitions in OpenAPI are not read: give its classic form'
  for (const [field, value, problem] of [
    ['listen_port', 9000, port],
    ['protocol', 'tls', protocol],
    ['is_oas', true, openApi],
  ] as const) {
    test(field, async () => assert.deepEqual(await problemsOf(definition({ [field]: value })), [`${field}: ${problem}`]))
  }
})

test('a field that protects nothing as it stands is no problem', async () => {
  const { warnings } = await read({
    ...withVersion({ use_extended_paths: false, extended_paths: { validate_request: [{ path: '/a' }] }, expires: '-1' }),
    use_oauth2: true,
    use_openid: true,
    allowed_ips: ['10.0.0.1'],
    ip_access_control_disabled: true,
    custom_middleware_bundle: 'bundle.zip',
    custom_middleware_bundle_disabled: true,
    pinned_public_keys: null,
    protocol: 'http',
  })
  assert.deepEqual(warnings, [])
})

test('on a keyless API what authenticates is warned about, and is no problem', async () => {
  const { warnings } = await read(
    definition({
      use_standard_auth: true,
      use_basic_auth: true,
      enable_jwt: true,
      strip_auth_data: true,
      base_identity_provided_by: 'auth_token',
    }),
  )
  const names = ['use_standard_auth', 'use_basic_auth', 'enable_jwt', 'base_identity_provided_by', 'strip_auth_data']
  const expected = names.map((name) => `${name}: of no effect, because "use_keyless" is true`)
  assert.deepEqual([...warnings].sort(), expected.sort())
})

test('unknown fields inside the objects of built-in steps are warned about', async () => {
  const { warnings } = await read(
    withAuth(plugin, { auth_configs: { authToken: { auth_header: 'X-Key' }, other: {} }, basic_auth: { cache_tll: 1 } }),
  )
  assert.deepEqual(warnings, [
    'basic_auth.cache_tll: unknown field, kept for plugins to read; did you mean "cache_ttl"?',
    'auth_configs.other: unknown field, kept for plugins to read',
    'auth_configs.authToken.auth_header: unknown field, kept for plugins to read; did you mean "auth_header_name"?',
  ])
})

test('unknown fields are warned about once, with a suggestion where one is near', async () => {
  const { warnings } = await read({
    ...withHooks({
      pre: [
        { ...plugin, timeout: 1 },
        { ...plugin, timeout: 1 },
      ],
      auth_chek: {},
    }),
    x_own: 1,
    proxy: { listen_path: '/a/', target_url: 'http://x', strip_listen_pat: true },
  })
  assert.deepEqual(warnings, [
    'x_own: unknown field, kept for plugins to read',
    'proxy.strip_listen_pat: unknown field, kept for plugins to read; did you mean "strip_listen_path"?',
    'custom_middleware.auth_chek: unknown field, kept for plugins to read; did you mean "auth_check"?',
    'custom_middleware.pre[0].timeout: unknown field, kept for plugins to read; did you mean "timeout_ms"?',
  ])
})
