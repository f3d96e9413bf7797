import assert from 'node:assert/strict'
import { createHash, type KeyObject } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { ecPair, edPair, type Issuer, rsaPair, seconds, sign, startIssuer } from './issuer.ts'

const rsa = rsaPair()
const other = rsaPair()
const secret = Buffer.from('a secret of no less than 32 bytes')

/** Says in headers who called. */
const REPORT = `
  import { ctx, type Plugin } from 'postern/plugin'
  export const Report: Plugin = (c) => {
    c.header('X-Session', JSON.stringify(ctx.getSession(c)))
    c.header('X-Token', ctx.getAuthToken(c))
  }`

const reported = {
  plugin: REPORT,
  middleware: { driver: 'jsplugin', post_key_auth: [{ name: 'Report', path: 'plugin.js' }] },
}

type Fields = Readonly<Record<string, unknown>>

/** An API that takes JWTs of one secret, unless `fields` say otherwise. */
function openApi(fields: Fields = {}, { config = {}, ...options }: StageOptions = {}): Promise<Stage> {
  return openStage({
    policies: ['users', 'gold'],
    ...options,
    config,
    definition: {
      use_keyless: false,
      enable_jwt: true,
      jwt_signing_method: 'hmac',
      jwt_source: secret.toString('base64'),
      jwt_default_policies: ['users'],
      ...fields,
    },
  })
}

function ask(port: number, lines: readonly string[], target = '/api/x'): Promise<RawResponse> {
  return exchange(port, [`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n'))
}

const withToken = (port: number, token: string) => ask(port, [`Authorization: Bearer ${token}`])
const hs256 = (claims: object, header: object = {}) => sign(claims, secret, { alg: 'HS256', ...header })
const errorOf = ({ text }: RawResponse) => JSON.parse(text).error

describe('what is wrong with a token is said', () => {
  let stage: Stage
  before(async () => {
    stage = await openApi()
  })
  after(() => stage[Symbol.asyncDispose]())

  const rows: [name: string, claims: Fields, status: number, error: string][] = [
    ['expired', { sub: 'a', exp: seconds(-1) }, 401, 'Key not authorized: token has expired'],
    ['issued later', { sub: 'a', iat: seconds(100) }, 401, 'Key not authorized: token used before issued'],
    ['not valid yet', { sub: 'a', nbf: seconds(100) }, 401, 'Key not authorized: token is not valid yet'],
    ['of an empty subject', { sub: '' }, 403, 'found an empty user ID in sub claim'],
    ['of nobody', {}, 403, 'no suitable claims for user ID were found'],
    ['of a subject that is no text', { sub: ['a'] }, 403, 'no suitable claims for user ID were found'],
    ['with times that are none', { sub: 'a', nbf: 'now' }, 403, 'Key not authorized'],
  ]
  for (const [name, claims, status, error] of rows) {
    test(name, async () => {
      const response = await withToken(stage.port, await hs256(claims))
      assert.equal(response.status, status)
      assert.equal(errorOf(response), error)
    })
  }

  test('missing', async () => {
    const response = await ask(stage.port, [])
    assert.equal(response.status, 400)
    assert.equal(errorOf(response), 'Authorization field missing')
  })

  test('and the log has it, with the last letters of the token', async () => {
    const token = await hs256({ sub: 'a', exp: seconds(-5) })
    await withToken(stage.port, token)
    const line = JSON.parse(await stage.gateway.log.waitFor(`****${token.slice(-4)}`))
    assert.equal(line.event, 'AuthFailure')
    assert.equal(line.err.code, 'jwt_expired')
    assert.ok(!stage.gateway.log.lines.some((text) => text.includes(token)))
  })
})

test('clocks may be off by what the definition says', async () => {
  await using stage = await openApi({
    jwt_expires_at_validation_skew: 100,
    jwt_issued_at_validation_skew: 200,
    jwt_not_before_validation_skew: 300,
  })
  const statusOf = async (claims: object) => (await withToken(stage.port, await hs256({ sub: 'a', ...claims }))).status
  assert.equal(await statusOf({ exp: seconds(-90) }), 200)
  assert.equal(await statusOf({ exp: seconds(-110) }), 401)
  assert.equal(await statusOf({ iat: seconds(190) }), 200)
  assert.equal(await statusOf({ iat: seconds(220) }), 401)
  assert.equal(await statusOf({ nbf: seconds(290) }), 200)
  assert.equal(await statusOf({ nbf: seconds(320) }), 401)
})

test('a token that was let in is refused once it has expired', async () => {
  await using stage = await openApi()
  const token = await hs256({ sub: 'a', exp: Date.now() / 1000 + 1.5 })
  assert.equal((await withToken(stage.port, token)).status, 200)
  await until('the token to expire', async () => (await withToken(stage.port, token)).status === 401)
})

describe('who calls', () => {
  const keyOf = (identity: string) => `default${createHash('md5').update(identity).digest('hex')}`
  const rows: [name: string, fields: Fields, claims: Fields, header: Fields, identity: string][] = [
    ['the kid', {}, { sub: 'sub' }, { kid: 'kid' }, 'kid'],
    ['sub, without a kid', {}, { sub: 'sub', user: 'user' }, {}, 'sub'],
    ['sub, with a kid to skip', { jwt_skip_kid: true }, { sub: 'sub' }, { kid: 'kid' }, 'sub'],
    ['a claim', { jwt_skip_kid: true, jwt_identity_base_field: 'user' }, { sub: 'sub', user: 'user' }, { kid: 'k' }, 'user'],
    ['a claim, by its older name', { jwt_identit_base_field: 'user' }, { sub: 'sub', user: 'user' }, {}, 'user'],
    ['a claim within another', { jwt_identity_base_field: 'a.b' }, { sub: 'sub', a: { b: 'inner' } }, {}, 'inner'],
    ['a claim with a dot in its name', { jwt_identity_base_field: 'a.b' }, { 'a.b': 'flat', a: { b: 'inner' } }, {}, 'flat'],
    ['sub, where the claim is missing', { jwt_identity_base_field: 'user' }, { sub: 'sub' }, {}, 'sub'],
    ['a number', { jwt_identity_base_field: 'id' }, { sub: 'sub', id: 7 }, {}, '7'],
  ]
  for (const [name, fields, claims, header, identity] of rows) {
    test(name, async () => {
      await using stage = await openApi({ ...fields, custom_middleware: reported.middleware }, reported)
      const { head } = await withToken(stage.port, await hs256(claims, header))
      assert.ok(head.lines.includes(`X-Token: ${keyOf(identity)}`), head.lines.join('\n'))
    })
  }
})

test('the session has identity, client and policies of the token', async () => {
  await using stage = await openApi(
    { jwt_policy_field_name: 'pol', jwt_client_base_field: 'azp', custom_middleware: reported.middleware },
    reported,
  )
  const { head, text } = await withToken(stage.port, await hs256({ sub: 'a', pol: 'gold', azp: 'app-1' }))
  const line = head.lines.find((one) => one.startsWith('X-Session: '))
  assert.ok(line, text)
  const { org_id, alias, oauth_client_id, apply_policies } = JSON.parse(line.slice('X-Session: '.length))
  assert.deepEqual(
    { org_id, alias, oauth_client_id, apply_policies },
    {
      org_id: 'default',
      alias: 'a',
      oauth_client_id: 'app-1',
      apply_policies: ['gold'],
    },
  )
})

test('the session of a subject is no key', async () => {
  await using stage = await openApi({ use_standard_auth: true, auth_configs: { authToken: { auth_header_name: 'X-Key' } } })
  const token = `Authorization: ${await hs256({ sub: 'a' })}`
  const key = `default${createHash('md5').update('a').digest('hex')}`
  assert.equal((await ask(stage.port, [token, `X-Key: ${key}`])).status, 403)
  // Now it is stored.
  assert.equal((await ask(stage.port, [token, `X-Key: ${key}`])).status, 403)
})

test('a token may be in another header, a parameter or a cookie', async () => {
  await using stage = await openApi({
    auth_configs: {
      jwt: { auth_header_name: 'X-Jwt', use_param: true, param_name: 'jwt', use_cookie: true, cookie_name: 'jwt' },
    },
  })
  const token = await hs256({ sub: 'a' })
  assert.equal((await ask(stage.port, [`X-Jwt: ${token}`])).status, 200)
  assert.equal((await ask(stage.port, [], `/api/x?jwt=${token}`)).status, 200)
  assert.equal((await ask(stage.port, [`Cookie: a=b; jwt=${token}`])).status, 200)
  assert.equal((await ask(stage.port, [`Authorization: ${token}`])).status, 400)
})

describe('what tokens are checked with', () => {
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const ec = ecPair('P-521')
  const ed = edPair()
  const rows: [name: string, method: string, source: string, token: () => Promise<string>][] = [
    ['a PEM', 'rsa', pem(rsa.publicKey), () => sign({ sub: 'a' }, rsa.privateKey, { alg: 'RS512' })],
    ['a PEM in base64', 'rsa', base64(pem(rsa.publicKey)), () => sign({ sub: 'a' }, rsa.privateKey, { alg: 'PS384' })],
    ['a key on a curve', 'ecdsa', pem(ec.publicKey), () => sign({ sub: 'a' }, ec.privateKey, { alg: 'ES512' })],
    ['an Edwards key', 'eddsa', pem(ed.publicKey), () => sign({ sub: 'a' }, ed.privateKey, { alg: 'Ed25519' })],
    ['a secret in base64', 'hmac', secret.toString('base64'), () => sign({ sub: 'a' }, secret, { alg: 'HS512' })],
  ]
  for (const [name, method, source, token] of rows) {
    test(name, async () => {
      await using stage = await openApi({ jwt_signing_method: method, jwt_source: source })
      const { status, text } = await withToken(stage.port, await token())
      assert.equal(status, 200, text)
    })
  }
})

describe('keys behind a URL', () => {
  const jwk = { ...rsa.jwk, kid: 'one' }
  const next = { ...other.jwk, kid: 'two' }
  const byOne = (claims: object = {}) => sign({ sub: 'a', ...claims }, rsa.privateKey, { alg: 'RS256', kid: 'one' })
  const byTwo = (claims: object = {}) => sign({ sub: 'a', ...claims }, other.privateKey, { alg: 'RS256', kid: 'two' })
  const fields = (issuer: Issuer) => ({ jwt_signing_method: 'rsa', jwt_source: issuer.url })
  const atOnce = { config: { jwks: { refetch_interval: 0 } } }

  test('are fetched once, and before they are needed', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer))
    await stage.gateway.log.waitFor('Keys fetched')
    for (let i = 0; i < 5; i += 1) assert.equal((await withToken(stage.port, await byOne({ jti: i }))).status, 200)
    assert.equal(issuer.requests, 1)
  })

  test('may be named by a URL in base64, or by several', async () => {
    await using issuer = await startIssuer([jwk])
    await using second = await startIssuer([next])
    await using encoded = await openApi({ ...fields(issuer), jwt_source: Buffer.from(issuer.url).toString('base64') })
    assert.equal((await withToken(encoded.port, await byOne())).status, 200)
    await using several = await openApi({
      ...fields(issuer),
      jwt_source: 'passed over',
      jwt_jwks_uris: [{ url: issuer.url }, { url: second.url, cache_timeout: 60 }],
    })
    assert.equal((await withToken(several.port, await byOne())).status, 200)
    assert.equal((await withToken(several.port, await byTwo())).status, 200)
  })

  test('are fetched anew for a kid that is not known', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer), atOnce)
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
    assert.equal((await withToken(stage.port, await byTwo())).status, 403)
    issuer.answer = { keys: [jwk, next] }
    assert.equal((await withToken(stage.port, await byTwo())).status, 200)
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
  })

  test('are not fetched more often than is allowed, whatever tokens say', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer), { config: { jwks: { refetch_interval: 3600 } } })
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
    const tokens = Array.from({ length: 20 }, (_, i) => sign({ sub: 'a' }, other.privateKey, { alg: 'RS256', kid: `x${i}` }))
    const responses = await Promise.all((await Promise.all(tokens)).map((token) => withToken(stage.port, token)))
    assert.ok(responses.every(({ status }) => status === 403))
    assert.equal(issuer.requests, 1)
  })

  test('that are gone take their tokens with them, those that were let in before too', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer), atOnce)
    const token = await byOne()
    assert.equal((await withToken(stage.port, token)).status, 200)
    issuer.answer = { keys: [next] }
    assert.equal((await withToken(stage.port, await byTwo())).status, 200)
    assert.equal((await withToken(stage.port, token)).status, 403)
  })

  test('are fetched anew when their time is over', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(
      { ...fields(issuer), jwt_source: '', jwt_jwks_uris: [{ url: issuer.url, cache_timeout: 0.05 }] },
      atOnce,
    )
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
    issuer.answer = { keys: [next] }
    await until('the key to be forgotten', async () => {
      const { status } = await withToken(stage.port, await byOne({ jti: Math.random() }))
      return status === 403
    })
  })

  test('stay in use where they cannot be fetched, and that is said', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer), { config: { jwks: { cache: { timeout: 0.01 }, refetch_interval: 0 } } })
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
    for (const answer of [500, 302, 'no JSON', '{}', '[]', 'null'] as const) {
      issuer.answer = answer
      const logged = stage.gateway.log.lines.length
      await until('the keys to be asked for', async () => {
        const { status, text } = await withToken(stage.port, await byOne({ jti: Math.random() }))
        assert.equal(status, 200, text)
        return stage.gateway.log.lines.slice(logged).some((line) => line.includes('those that were fetched before stay in use'))
      })
    }
    await issuer.stop()
    assert.equal((await withToken(stage.port, await byOne({ jti: 'stopped' }))).status, 200)
  })

  test('stay over a reload, though their server is gone', async () => {
    await using issuer = await startIssuer([jwk])
    await using stage = await openApi(fields(issuer))
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
    await issuer.stop()
    await stage.gateway.reload()
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
  })

  test('that never came let nobody in, until they come', async () => {
    await using issuer = await startIssuer([jwk])
    issuer.answer = 503
    await using stage = await openApi(fields(issuer), atOnce)
    const response = await withToken(stage.port, await byOne())
    assert.equal(response.status, 503)
    assert.equal(errorOf(response), 'Service temporarily unavailable.')
    assert.ok(stage.gateway.log.lines.some((line) => line.includes('there are none to go on with')))
    issuer.answer = { keys: [jwk] }
    assert.equal((await withToken(stage.port, await byOne())).status, 200)
  })

  test('a token without a kid is checked with the only key that fits', async () => {
    await using issuer = await startIssuer([jwk, { ...edPair().jwk, kid: 'ed' }])
    await using stage = await openApi(fields(issuer))
    assert.equal((await withToken(stage.port, await sign({ sub: 'a' }, rsa.privateKey, { alg: 'RS256' }))).status, 200)
  })
})
