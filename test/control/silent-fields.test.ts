import assert from 'node:assert/strict'
import { test } from 'node:test'
import { read } from './definitions.ts'

const rule = { path: '^/a', method: 'GET' }

/** A definition with a field that nobody knows wherever there is an object: each has a name that begins with `unknown_`. */
const definition = {
  name: 'Everything',
  api_id: 'everything',
  unknown_field: 1,
  enable_jwt: true,
  jwt_signing_method: 'rsa',
  jwt_jwks_uris: [{ url: 'http://issuer.example/', unknown_uri: 1 }],
  jwt_default_policies: ['users'],
  auth_configs: { jwt: { unknown_place: 1 }, unknown_kind: {} },
  scopes: { jwt: { unknown_scope: 1 } },
  CORS: { enable: true, unknown_cors: 1 },
  cache_options: { enable_cache: true, cache_timeout: 1, unknown_cache: 1 },
  global_rate_limit: { unknown_rate: 1 },
  basic_auth: { unknown_basic: 1 },
  definition: { unknown_versioning: 1 },
  proxy: {
    listen_path: '/a/',
    target_url: 'http://upstream.example/',
    unknown_proxy: 1,
    transport: { unknown_transport: 1 },
    service_discovery: { unknown_discovery: 1 },
    load_balancing: { unknown_balancing: 1, ejection: { unknown_ejection: 1 } },
    retries: { unknown_retries: 1 },
  },
  uptime_tests: { unknown_tests: 1, check_list: [{ url: 'http://upstream.example/', unknown_check: 1 }] },
  custom_middleware: { driver: 'jsplugin', unknown_hook: 1, pre: [{ name: 'X', path: 'plugin.js', unknown_use: 1 }] },
  version_data: {
    unknown_data: 1,
    not_versioned: true,
    versions: {
      Default: {
        name: 'Default',
        unknown_version: 1,
        use_extended_paths: true,
        extended_paths: {
          unknown_section: [],
          black_list: [{ ...rule, unknown_list: 1, method_actions: { GET: { action: 'no_action', unknown_action: 1 } } }],
          internal: [{ ...rule, unknown_internal: 1 }],
          mock_response: [{ ...rule, code: 200, unknown_mock: 1 }],
          url_rewrites: [
            {
              ...rule,
              match_pattern: 'x',
              rewrite_to: '/y',
              unknown_rewrite: 1,
              triggers: [
                {
                  on: 'any',
                  rewrite_to: '/z',
                  unknown_trigger: 1,
                  options: {
                    unknown_option: 1,
                    header_matches: { X: { match_rx: 'x', unknown_match: 1 } },
                    payload_matches: { match_rx: 'q', unknown_payload: 1 },
                  },
                },
              ],
            },
          ],
          validate_json: [{ ...rule, schema: {}, unknown_schema: 1 }],
          js_plugin: [{ ...rule, plugin_path: 'plugin.js', func_name: 'X', unknown_plugin: 1 }],
          rate_limit: [{ ...rule, rate: 1, per: 1, unknown_limit: 1 }],
          size_limits: [{ ...rule, size_limit: 1, unknown_size: 1 }],
          transform_headers: [{ ...rule, add_headers: { 'X-A': 'a' }, unknown_transform: 1 }],
          method_transforms: [{ ...rule, to_method: 'POST', unknown_method: 1 }],
          advance_cache_config: [{ ...rule, unknown_entry: 1 }],
          circuit_breakers: [{ ...rule, threshold_percent: 1, samples: 1, return_to_service_after: 1, unknown_breaker: 1 }],
          hard_timeouts: [{ ...rule, timeout: 1, unknown_timeout: 1 }],
        },
      },
    },
  },
}

test('no field is passed over in silence, wherever it is', async () => {
  const { warnings } = await read(definition)
  const unknown = [...JSON.stringify(definition).matchAll(/"(unknown_\w+)"/g)].map(([, name = '']) => name)
  assert.equal(new Set(unknown).size, unknown.length)
  assert.deepEqual(
    unknown.filter((name) => !warnings.some((warning) => warning.includes(name))),
    [],
  )
})
