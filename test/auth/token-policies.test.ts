import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { sign } from './issuer.ts'

const secret = Buffer.from('a secret of no less than 32 bytes')

const rightsFor = (apiId: string) => ({ access_rights: { [apiId]: { api_id: apiId, versions: [] } } })

const policies = {
  users: { org_id: 'default', ...rightsFor('test-api') },
  gold: { org_id: 'default', ...rightsFor('test-api'), tags: ['gold'] },
  elsewhere: { org_id: 'default', ...rightsFor('another') },
  inactive: { org_id: 'default', ...rightsFor('test-api'), is_inactive: true },
  'two-a-minute': { org_id: 'default', ...rightsFor('test-api'), rate: 2, per: 60 },
  'three-in-all': { org_id: 'default', ...rightsFor('test-api'), quota_max: 3, quota_renewal_rate: 3600 },
  foreign: { org_id: 'another', ...rightsFor('test-api') },
}

const plugin = `
  import { ctx, type Plugin } from 'postern/plugin'
  export const Report: Plugin = (c) => c.header('X-Session', JSON.stringify(ctx.getSession(c)))`

/** An API whose tokens name their policy; those that name none are of the users. */
function openApi(): Promise<Stage> {
  return openStage({
    plugin,
    files: { 'token-policies.json': JSON.stringify(policies) },
    config: { policies: { policy_record_name: 'token-policies.json' } },
    definition: {
      use_keyless: false,
      enable_jwt: true,
      jwt_signing_method: 'hmac',
      jwt_source: secret.toString('base64'),
      jwt_default_policies: ['users'],
      jwt_policy_field_name: 'pol',
      custom_middleware: { driver: 'jsplugin', post_key_auth: [{ name: 'Report', path: 'plugin.js' }] },
    },
  })
}

async function ask({ port }: Stage, claims: object): Promise<RawResponse> {
  const token = await sign(claims, secret, { alg: 'HS256' })
  const lines = ['GET /api/x HTTP/1.1', 'Host: a', 'Connection: close', `Authorization: Bearer ${token}`]
  return exchange(port, `${lines.join('\r\n')}\r\n\r\n`)
}

async function sessionOf(stage: Stage, claims: object) {
  const { head, text } = await ask(stage, claims)
  const line = head.lines.find((one) => one.startsWith('X-Session: '))
  assert.ok(line, text)
  return JSON.parse(line.slice('X-Session: '.length))
}

async function statusesOf(stage: Stage, ...all: object[]): Promise<number[]> {
  const statuses: number[] = []
  for (const claims of all) statuses.push((await ask(stage, claims)).status)
  return statuses
}

describe('what a token may do', () => {
  test('is said by its policies', async () => {
    await using stage = await openApi()
    const gold = await sessionOf(stage, { sub: 'a', pol: 'gold' })
    assert.deepEqual([gold.apply_policies, gold.tags, Object.keys(gold.access_rights)], [['gold'], ['gold'], ['test-api']])
    const { apply_policies: byDefault } = await sessionOf(stage, { sub: 'a' })
    assert.deepEqual(byDefault, ['users'], 'the default policy is for tokens that name none')
  })

  test('is nothing where a policy cannot be applied', async () => {
    await using stage = await openApi()
    for (const pol of ['no-such', 'foreign']) {
      const { status, text } = await ask(stage, { sub: 'a', pol })
      assert.equal(status, 403)
      assert.equal(JSON.parse(text).error, 'key not authorized: no matching policy')
    }
    await stage.gateway.log.waitFor('there is no policy of this id')
  })

  test('is not said by other tokens of the same subject, whichever came first', async () => {
    await using stage = await openApi()
    const rights = { gold: 'test-api', elsewhere: 'another', inactive: 'test-api' }
    for (const [sub, order] of [
      ['a', ['gold', 'elsewhere', 'inactive', 'gold', 'elsewhere', 'gold']],
      ['b', ['elsewhere', 'inactive', 'gold', 'elsewhere']],
    ] as const) {
      for (const pol of order) {
        const session = await sessionOf(stage, { sub, pol })
        assert.deepEqual(Object.keys(session.access_rights), [rights[pol]])
        assert.equal(session.is_inactive ?? false, pol === 'inactive')
        assert.deepEqual(session.tags ?? [], pol === 'gold' ? ['gold'] : [])
      }
    }
  })

  test('is counted for all tokens of a subject together', async () => {
    await using stage = await openApi()
    const rate = { sub: 'a', pol: 'two-a-minute' }
    assert.deepEqual(await statusesOf(stage, rate, { ...rate, jti: 1 }, { ...rate, jti: 2 }, rate), [200, 200, 429, 429])
    assert.deepEqual(await statusesOf(stage, { ...rate, sub: 'b' }), [200], 'another subject has a rate of its own')
    const quota = { sub: 'c', pol: 'three-in-all' }
    assert.deepEqual(await statusesOf(stage, quota, { ...quota, jti: 1 }, quota, { ...quota, jti: 2 }), [200, 200, 200, 403])
    await stage.gateway.reload()
    assert.deepEqual(await statusesOf(stage, quota), [403], 'a reload forgets nothing')
  })
})
