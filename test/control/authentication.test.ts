import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definition, type Json, plugin, problemsOf, read, withAuth } from './definitions.ts'

const keyed = (fields: Json) => definition({ use_keyless: false, ...fields })

const jwt = {
  enable_jwt: true,
  jwt_signing_method: 'rsa',
  jwt_source: 'https://issuer.example/jwks.json',
  jwt_default_policies: ['users'],
}

async function warningsOf(json: Json): Promise<readonly string[]> {
  return (await read(json)).warnings
}

describe('whatever is not keyless has somebody who asks', () => {
  /** The phases of the chain that let nobody pass unasked; the plugin's is told by `authCheck`. */
  const rows: [name: string, json: Json, authenticates: string[]][] = [
    ['nothing', keyed({}), ['auth_token']],
    ['use_standard_auth', keyed({ use_standard_auth: true }), ['auth_token']],
    ['use_basic_auth', keyed({ use_basic_auth: true }), ['basic_auth']],
    ['enable_jwt', keyed(jwt), ['jwt']],
    ['a plugin', withAuth(), ['auth_check']],
    ['the flag of a plugin alone', keyed({ custom_plugin_auth_enabled: true }), ['auth_token']],
    ['the other flag alone', keyed({ use_go_plugin_auth: true }), ['auth_token']],
    ['a plugin that is disabled', withAuth({ ...plugin, disabled: true }), ['auth_token']],
    ['a plugin that is empty', withAuth({}), ['auth_token']],
    ['a plugin and keys', withAuth(plugin, { use_standard_auth: true }), ['auth_check', 'auth_token']],
    [
      'all of them',
      withAuth(plugin, { ...jwt, use_standard_auth: true, use_basic_auth: true }),
      ['basic_auth', 'jwt', 'auth_check', 'auth_token'],
    ],
  ]
  for (const [name, json, expected] of rows) {
    test(name, async () => {
      const { definition: api } = await read(json)
      const tools = { sessions: {}, keySets: { open() {} }, onRelease() {}, rateLimits: {} }
      const phases = api.versions[0].steps.flatMap((open) => open(tools as never)).map(({ phase }) => phase)
      const asked = [
        ...phases.filter((phase) => ['basic_auth', 'jwt', 'auth_token'].includes(phase)),
        ...(api.authCheck ? ['auth_check'] : []),
      ]
      assert.deepEqual(asked.sort(), [...expected].sort())
    })
  }
})

test('a flag without a plugin is warned about', async () => {
  const reason =
    'of no effect, because custom_middleware.auth_check names no plugin; the other kinds of authentication count, or else keys are asked for'
  assert.deepEqual(await warningsOf(keyed({ custom_plugin_auth_enabled: true })), [`custom_plugin_auth_enabled: ${reason}`])
  assert.deepEqual(await warningsOf(keyed({ use_go_plugin_auth: true })), [`use_go_plugin_auth: ${reason}`])
})

test('two kinds that look in one header alone are warned about', async () => {
  const warning = (names: string, header = 'Authorization') =>
    `auth_configs: ${names} are both looked for in the header "${header}", which has room for one; name another for one of them`
  const all = { ...jwt, use_basic_auth: true, use_standard_auth: true }
  assert.deepEqual(await warningsOf(keyed({ ...jwt, use_basic_auth: true })), [warning('basic and jwt')])
  assert.deepEqual(await warningsOf(keyed(all)), [warning('basic and jwt'), warning('basic and authToken')])
  const apart = { authToken: { auth_header_name: 'X-Key' }, basic: { auth_header_name: 'x-key' }, jwt: { use_cookie: true } }
  assert.deepEqual(await warningsOf(keyed({ ...all, auth_configs: apart })), [warning('basic and authToken', 'X-Key')])
  const body = { extract_from_body: true, body_user_regexp: '(a)', body_password_regexp: '(b)' }
  assert.deepEqual(await warningsOf(keyed({ ...jwt, use_basic_auth: true, basic_auth: body })), [])
})

test('names of places without their switches, and an older field that is not read, are warned about', async () => {
  const fields = {
    use_standard_auth: true,
    auth: { auth_header_name: 'X-Old' },
    auth_configs: { authToken: { param_name: 'key', cookie_name: 'key' } },
  }
  assert.deepEqual(await warningsOf(keyed(fields)), [
    'auth: not read for authToken, because auth_configs.authToken is there',
    'auth_configs.authToken.param_name: not read, because "use_param" is not true',
    'auth_configs.authToken.cookie_name: not read, because "use_cookie" is not true',
  ])
})

test('a short secret is warned about', async () => {
  const source = Buffer.from('short').toString('base64')
  const [warning] = await warningsOf(keyed({ ...jwt, jwt_signing_method: 'hmac', jwt_source: source }))
  assert.equal(warning, 'jwt_source: a secret of 5 bytes can be guessed from a single token; use at least 32')
})

test('base_identity_provided_by names a kind that is enabled', async () => {
  const problems = (provider: string) =>
    problemsOf(withAuth(plugin, { use_standard_auth: true, base_identity_provided_by: provider }))
  const found = (provider: string) => [
    `base_identity_provided_by: expected a kind that is enabled ("auth_token" or "custom_auth"), found "${provider}"`,
  ]
  for (const provider of ['jwt_claim', 'basic_auth_user', 'hmac_key', 'oidc_user', 'oauth_key']) {
    assert.deepEqual(await problems(provider), found(provider))
  }
  assert.match((await problems('me')).join(), /^base_identity_provided_by: expected one of "", "auth_token"/)
  for (const provider of ['auth_token', 'custom_auth']) {
    const { definition: api } = await read(withAuth(plugin, { use_standard_auth: true, base_identity_provided_by: provider }))
    assert.equal(api.authCheckProvides, provider === 'custom_auth')
  }
})
