import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { type AdminStage, keyApi, openAdmin } from './admin-stage.ts'

let upstream: RawUpstream
let stage: AdminStage
/** Whether the store is to fail at deleting keys. */
let deleteFails = false

function withFailures(store: Store): Store {
  const away = () => Promise.reject(failure('store_failed', { where: 'the test', reason: 'away' }))
  return { ...store, sessions: { ...store.sessions, delete: (key) => (deleteFails ? away() : store.sessions.delete(key)) } }
}

const gold = {
  id: 'gold',
  org_id: 'acme',
  quota_max: 5,
  quota_renewal_rate: 60,
  key_expires_in: 100,
  access_rights: { doors: {} },
}

before(async () => {
  upstream = await startUpstream()
  const files = { 'policies/gold.json': JSON.stringify(gold) }
  const config = { policies: { policy_path: 'policies' } }
  stage = await openAdmin({ definitions: { 'doors.json': keyApi(upstream, 'doors') }, files, config }, withFailures)
})
after(async () => {
  await stage?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

const rights = { access_rights: { doors: { api_id: 'doors' } } }

describe('keys', () => {
  test('are made, read, changed and deleted, at once', async () => {
    const made = await stage.call('POST /tyk/keys', { body: { org_id: 'acme', alias: 'one', ...rights } })
    assert.deepEqual(made.json, { key: made.json.key, status: 'ok', action: 'added' })
    assert.match(made.json.key, /^acme[0-9a-f]{32}$/)
    const { key } = made.json
    assert.equal(await stage.request('/doors/x', key), 200)
    const read = await stage.call(`GET /tyk/keys/${key}`)
    assert.equal(read.json.alias, 'one')
    assert.match(read.json.date_created, /^\d{4}-\d\d-\d\dT/)
    assert.match(read.json.last_updated, /^\d+$/)

    const changed = await stage.call(`PUT /tyk/keys/${key}`, { body: { org_id: 'acme', is_inactive: true, ...rights } })
    assert.deepEqual(changed.json, { key, status: 'ok', action: 'modified' })
    assert.equal(await stage.request('/doors/x', key), 403)
    const after = await stage.call(`GET /tyk/keys/${key}`)
    assert.deepEqual(
      [after.json.is_inactive, after.json.alias, after.json.date_created],
      [true, undefined, read.json.date_created],
    )

    const gone = await stage.call(`DELETE /tyk/keys/${key}`)
    assert.deepEqual(gone.json, { key, status: 'ok', action: 'deleted' })
    assert.equal((await stage.call(`GET /tyk/keys/${key}`)).json.message, 'Key not found')
    assert.equal((await stage.call(`DELETE /tyk/keys/${key}`)).json.message, 'There is no such key found')
    const missing = await stage.call(`PUT /tyk/keys/${key}`, { body: rights })
    assert.equal(missing.json.message, 'Key is not found')
  })

  test('of a chosen id are found by it', async () => {
    const { json } = await stage.call('POST /tyk/keys/chosen', { body: { org_id: 'acme', ...rights } })
    assert.deepEqual(json, { key: 'acmechosen', status: 'ok', action: 'added' })
    for (const key of ['chosen', 'acmechosen']) assert.equal(await stage.request('/doors/x', key), 200, key)
    for (const query of ['?api_id=doors', '?org_id=acme', '?org_id=acme&username=true', '?hashed=1']) {
      const id = query === '?hashed=1' ? 'acmechosen' : 'chosen'
      assert.equal((await stage.call(`GET /tyk/keys/${id}${query}`)).status, 200, query)
    }
    assert.equal((await stage.call('GET /tyk/keys/chosen')).status, 404, 'of another organisation there is none')
    assert.equal((await stage.call('DELETE /tyk/keys/chosen?api_id=doors')).json.action, 'deleted')
  })

  test('are listed, by what they begin with and what they are for', async () => {
    for (const [id, body] of [
      ['list-a', rights],
      ['list-b', { access_rights: { other: {} } }],
    ] as const) {
      await stage.call(`POST /tyk/keys/${id}`, { body })
    }
    assert.deepEqual((await stage.call('GET /tyk/keys/?filter=list-')).json, { keys: ['list-a', 'list-b'] })
    assert.deepEqual((await stage.call('GET /tyk/keys?filter=list-&api_id=doors')).json, { keys: ['list-a'] })
  })

  test('have to be for something', async () => {
    const master = await stage.call('POST /tyk/keys', { body: { alias: 'master' } })
    assert.equal(master.status, 500)
    assert.equal(master.json.message, 'Failed to create key, ensure security settings are correct.')
    const created = await stage.call('POST /tyk/keys/create', { body: {} })
    assert.equal(created.status, 400)
    assert.equal(created.json.message, 'Failed to create key, keys must have at least one Access Rights record set.')
    const chosen = await stage.call('POST /tyk/keys/master', { body: {} })
    assert.equal(chosen.status, 500)
    await stage.call('POST /tyk/keys/modest', { body: rights })
    assert.equal((await stage.call('PUT /tyk/keys/modest', { body: {} })).status, 500)
    const unknown = await stage.call('POST /tyk/keys', { body: { apply_policies: ['no-such'] } })
    assert.equal(unknown.status, 500)
    assert.match(unknown.json.problems[0], /there is no policy of this id/)
    assert.equal((await stage.call('POST /tyk/keys/create', { body: rights })).json.action, 'added')
    assert.equal(
      (await stage.call('POST /tyk/keys/create', { body: { org_id: 'acme', apply_policies: ['gold'] } })).json.action,
      'added',
    )
  })

  test('that are malformed are refused, with what is wrong and where', async () => {
    const bodies: [body: unknown, problem: string][] = [
      ['{', 'expected JSON'],
      ['[]', 'expected an object, found a list'],
      [{ rate: 'x' }, 'rate: expected a number, found "x"'],
      [{ expires: 1.5 }, 'expires: expected a whole number, found 1.5'],
      [
        { access_rights: { doors: { allowed_urls: [{ url: '(', methods: [] }] } } },
        'access_rights.doors.allowed_urls[0].url: expected a path rule or a regular expression',
      ],
      [{ basic_auth_data: { password: 12345 } }, 'basic_auth_data.password: expected a string, found a hidden value'],
      [
        { ...rights, basic_auth_data: { password: 'ä'.repeat(37) } },
        'basic_auth_data.password: expected at most 72 bytes, found 74',
      ],
    ]
    for (const [body, problem] of bodies) {
      for (const what of ['POST /tyk/keys', 'POST /tyk/keys/chosen', 'PUT /tyk/keys/list-a']) {
        const { status, json } = await stage.call(what, { body })
        assert.deepEqual([status, json], [400, { status: 'error', message: 'Request malformed', problems: [problem] }], what)
      }
    }
    const created = await stage.call('POST /tyk/keys/create', { body: '{' })
    assert.deepEqual([created.status, created.json.message], [500, 'Unmarshalling failed'])
    assert.equal((await stage.call('POST /tyk/keys/preview', { body: '{' })).status, 400)
    const short = await stage.call('POST /tyk/keys/ab', { body: rights })
    assert.match(short.json.problems[0], /at least 3 characters \(min_token_length\), found 2/)
    const nulls = await stage.call('POST /tyk/keys/nulls', {
      body: { ...rights, tags: null, meta_data: { kept: null }, monitor: { trigger_limits: null } },
    })
    assert.equal(nulls.status, 200, 'null is absent, as programs write it')
    const { json } = await stage.call('GET /tyk/keys/nulls')
    assert.deepEqual([json.tags, json.meta_data], [undefined, { kept: null }])
  })

  test('take their policies and their expiry from a preview, and from what they are made with', async () => {
    const body = { org_id: 'acme', apply_policies: ['gold'], alias: 'mine' }
    const { json } = await stage.call('POST /tyk/keys/preview', { body })
    assert.deepEqual([json.quota_max, json.alias, Object.keys(json.access_rights)], [5, 'mine', ['doors']])
    const inSeconds = json.expires - Date.now() / 1000
    assert.ok(inSeconds > 90 && inSeconds <= 100, `${inSeconds} s`)
    const refused = await stage.call('POST /tyk/keys/preview', { body: { apply_policies: ['gold'] } })
    assert.equal(refused.status, 500)
    assert.match(refused.json.problems[0], /found the org_id "acme"/)
    await stage.call('POST /tyk/keys/golden', { body })
    const stored = await stage.store.sessions.get('acmegolden')
    assert.ok((stored?.expires ?? 0) > 0)
    assert.equal(stored?.quota_max, undefined, 'what policies say is not stored')
  })

  test('are given other policies', async () => {
    await stage.call('POST /tyk/keys/plain', { body: { org_id: 'acme', ...rights } })
    const given = await stage.call('POST /tyk/keys/policy/acmeplain', { body: { apply_policies: ['gold'] } })
    assert.deepEqual(given.json, { key: 'acmeplain', status: 'ok', action: 'updated' })
    assert.equal((await stage.call('GET /tyk/keys/acmeplain')).json.quota_max, 5)
    assert.equal((await stage.call('POST /tyk/keys/policy/acmeplain', { body: { policy: 'gold' } })).json.action, 'updated')
    const refusals: [id: string, body: unknown, status: number][] = [
      ['nobody', { policy: 'gold' }, 404],
      ['acmeplain', { policy: 'no-such' }, 500],
      ['acmeplain', {}, 400],
    ]
    for (const [id, body, status] of refusals)
      assert.equal((await stage.call(`POST /tyk/keys/policy/${id}`, { body })).status, status)
  })

  test('tell how far their quotas are used, and begin anew when they are changed, unless that is suppressed', async () => {
    const body = {
      org_id: 'acme',
      quota_max: 3,
      quota_renewal_rate: 600,
      access_rights: { doors: {}, other: { limit: { quota_max: 9, quota_renewal_rate: 60 } } },
    }
    const {
      json: { key },
    } = await stage.call('POST /tyk/keys', { body })
    const left = async () => {
      const { json } = await stage.call(`GET /tyk/keys/${key}`)
      assert.equal(json.access_rights.other.limit.quota_remaining, 9)
      return [json.quota_remaining, json.quota_renews > Date.now() / 1000]
    }
    assert.deepEqual(await left(), [3, false])
    await stage.request('/doors/x', key)
    await stage.request('/doors/x', key)
    assert.deepEqual(await left(), [1, true])
    await stage.call(`PUT /tyk/keys/${key}?suppress_reset=1`, { body })
    assert.deepEqual(await left(), [1, true])
    await stage.call(`PUT /tyk/keys/${key}`, { body })
    assert.deepEqual(await left(), [3, false])
    await stage.request('/doors/x', key)
    await stage.call(`DELETE /tyk/keys/${key}`)
    await stage.call(`POST /tyk/keys/${key}`, { body })
    assert.deepEqual(await left(), [3, false], 'also once it is gone')
  })

  test('of users have their passwords hashed, which nobody gets to see', async () => {
    const users = { ...keyApi(upstream, 'users'), use_standard_auth: false, use_basic_auth: true }
    await stage.folder.writeDefinition('users.json', users)
    await stage.gateway.reload()
    const body = { org_id: 'acme', access_rights: { users: {} }, basic_auth_data: { password: 'open sesame' } }
    const basic = (password: string) => `Basic ${Buffer.from(`ada:${password}`).toString('base64')}`
    await stage.call('POST /tyk/keys/ada', { body })
    assert.equal(await stage.request('/users/x', basic('open sesame')), 200)
    const { json } = await stage.call('GET /tyk/keys/ada?username=true&org_id=acme')
    assert.match(json.basic_auth_data.password, /^\$2[aby]\$10\$/)
    assert.equal(json.basic_auth_data.hash_type, 'bcrypt')

    await stage.call('PUT /tyk/keys/ada', { body: { ...json, alias: 'Ada' } })
    assert.equal(await stage.request('/users/x', basic('open sesame')), 200, 'what was read can be written')
    await stage.call('PUT /tyk/keys/ada?username=1&org_id=acme', { body: { ...body, basic_auth_data: { password: 'changed' } } })
    assert.equal(await stage.request('/users/x', basic('open sesame')), 401, 'at once')
    assert.equal(await stage.request('/users/x', basic('changed')), 200)
    await stage.call('PUT /tyk/keys/ada', {
      body: { ...body, basic_auth_data: { password: 'a5d5fa3f'.repeat(8), hash_type: 'sha256' } },
    })
    assert.equal((await stage.store.sessions.get('acmeada'))?.basic_auth_data?.hash_type, 'sha256', 'a hash stays')
    assert.equal(await stage.request('/doors/x', 'ada'), 403, 'a user is no key')
    for (const line of stage.log.lines) assert.ok(!/open sesame|"changed"/.test(line), line)
  })

  test('are told of in the log, not in full', async () => {
    const {
      json: { key },
    } = await stage.call('POST /tyk/keys', { body: { alias: 'told', ...rights } })
    await stage.call(`PUT /tyk/keys/${key}`, { body: { alias: 'told', ...rights } })
    await stage.call(`DELETE /tyk/keys/${key}`)
    const lines = stage.log.lines.filter((line) => line.includes('"alias":"told"')).map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['TokenCreated', 'TokenUpdated', 'TokenDeleted'],
    )
    for (const line of lines) assert.equal(line.key, `****${key.slice(-4)}`)
  })

  test('that the store does not delete are there still', async () => {
    await stage.call('POST /tyk/keys/sticky', { body: rights })
    deleteFails = true
    const { status, json } = await stage.call('DELETE /tyk/keys/sticky')
    deleteFails = false
    assert.deepEqual([status, json], [400, { status: 'error', message: 'Failed to delete the key' }])
    assert.equal((await stage.call('GET /tyk/keys/sticky')).status, 200)
  })
})

describe('with keys that are stored hashed', () => {
  test('keys are found in plain and by their hashes, and listed if that is allowed', async () => {
    const hashed = { hash_keys: true, hash_key_function: 'sha256' }
    await using closed = await openAdmin({ config: hashed, definitions: { 'doors.json': keyApi(upstream, 'doors') } })
    const made = await closed.call('POST /tyk/keys', { body: { org_id: 'acme', ...rights } })
    const { key, key_hash: hash } = made.json
    assert.equal(JSON.parse(Buffer.from(key, 'base64').toString()).h, 'sha256')
    assert.match(hash, /^[0-9a-f]{64}$/)
    assert.deepEqual(await closed.store.sessions.keys(), [hash])
    assert.equal(await closed.request('/doors/x', key), 200)
    assert.equal(await closed.request('/doors/x', hash), 403)
    assert.equal((await closed.call(`GET /tyk/keys/${encodeURIComponent(key)}`)).status, 200)
    assert.equal((await closed.call(`GET /tyk/keys/${hash}`)).status, 404)
    assert.equal((await closed.call(`GET /tyk/keys/${hash}?hashed=1`)).json.org_id, 'acme')
    const list = await closed.call('GET /tyk/keys')
    assert.deepEqual(
      [list.status, list.json.message],
      [404, 'Hashed key listing is disabled in config (enable_hashed_keys_listing)'],
    )
    const changed = await closed.call(`PUT /tyk/keys/${hash}?hashed=1`, {
      body: { org_id: 'acme', is_inactive: true, ...rights },
    })
    assert.deepEqual(changed.json, { key: hash, status: 'ok', action: 'modified', key_hash: hash })
    assert.equal(await closed.request('/doors/x', key), 403)
    const noted = await closed.call('DELETE /tyk/keys/none?hashed=true')
    assert.equal(noted.status, 404)
    assert.equal((await closed.call(`DELETE /tyk/keys/${hash}?hashed=true`)).json.key_hash, hash)

    await using open = await openAdmin({ config: { ...hashed, enable_hashed_keys_listing: true } })
    const other = await open.call('POST /tyk/keys', { body: rights })
    assert.deepEqual((await open.call('GET /tyk/keys')).json, { keys: [other.json.key_hash] })
    stage.alsoSeen(closed)
  })
})

test('a key may be for every API where that is allowed', async () => {
  await using free = await openAdmin({ config: { allow_master_keys: true } })
  for (const path of ['/tyk/keys', '/tyk/keys/create', '/tyk/keys/master']) {
    assert.equal((await free.call(`POST ${path}`, { body: { alias: 'master' } })).status, 200, path)
  }
})

test('every answer that the document has for them was seen', async () => {
  await stage.refuseStrangers('/tyk/keys')
  assert.deepEqual(stage.unseen('/tyk/keys'), [])
})
