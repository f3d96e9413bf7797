import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import type { Store } from '../../src/store/store.ts'
import { definition } from '../harness/definition.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { type AdminStage, openAdmin } from './admin-stage.ts'

let upstream: RawUpstream
let stage: AdminStage
/** What the store is to fail at. */
const failing = new Set<'delete' | 'publish'>()

function withFailures(store: Store): Store {
  const away = () => Promise.reject(failure('store_failed', { where: 'the test', reason: 'away' }))
  return {
    ...store,
    sessions: { ...store.sessions, delete: (key) => (failing.has('delete') ? away() : store.sessions.delete(key)) },
    notices: { ...store.notices, publish: (notice) => (failing.has('publish') ? away() : store.notices.publish(notice)) },
  }
}

const api = (id: string, path = `/${id}/`) => {
  return definition(upstream.url, {
    api_id: id,
    org_id: 'acme',
    use_keyless: false,
    use_standard_auth: true,
    proxy: { listen_path: path },
  })
}

before(async () => {
  upstream = await startUpstream()
  stage = await openAdmin(
    {
      definitions: { 'doors.json': api('doors'), 'wrong.json': { ...api('wrong'), name: 3 } },
      files: {
        'policies/gold.json': JSON.stringify({
          id: 'gold',
          org_id: 'acme',
          quota_max: 5,
          quota_renewal_rate: 60,
          key_expires_in: 100,
          access_rights: { doors: {} },
        }),
        'policies/wrong.json': '{',
      },
      config: { policies: { policy_path: 'policies' } },
    },
    withFailures,
  )
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
    const users = { ...api('users'), use_standard_auth: false, use_basic_auth: true }
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
    failing.add('delete')
    const { status, json } = await stage.call('DELETE /tyk/keys/sticky')
    failing.clear()
    assert.deepEqual([status, json], [400, { status: 'error', message: 'Failed to delete the key' }])
    assert.equal((await stage.call('GET /tyk/keys/sticky')).status, 200)
  })
})

describe('policies', () => {
  test('are listed and read as they are loaded', async () => {
    const { json } = await stage.call('GET /tyk/policies')
    assert.deepEqual(
      json.map(({ id }: { id: string }) => id),
      ['gold'],
    )
    assert.deepEqual((await stage.call('GET /tyk/policies/gold')).json, json[0])
    assert.deepEqual((await stage.call('GET /tyk/policies/none')).json, { status: 'error', message: 'Policy not found' })
  })

  test('are written, changed and deleted in their files, and apply after a reload', async () => {
    const policy = { id: 'silver', org_id: 'acme', rate: 1, per: 1, tags: null, access_rights: { doors: {} } }
    assert.deepEqual((await stage.call('POST /tyk/policies', { body: policy })).json, {
      key: 'silver',
      status: 'ok',
      action: 'added',
    })
    const file = join(stage.folder.path, 'policies/silver.json')
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), {
      id: 'silver',
      org_id: 'acme',
      rate: 1,
      per: 1,
      access_rights: { doors: {} },
    })
    assert.equal((await stage.call('GET /tyk/policies/silver')).status, 404)
    await stage.call('GET /tyk/reload')
    assert.equal((await stage.call('GET /tyk/policies/silver')).json.rate, 1)

    const changed = await stage.call('PUT /tyk/policies/silver', { body: { ...policy, rate: 2 } })
    assert.deepEqual(changed.json, { key: 'silver', status: 'ok', action: 'modified' })
    assert.equal(
      (await stage.call('PUT /tyk/policies/silver', { body: { org_id: 'acme', access_rights: { doors: {} } } })).status,
      200,
    )
    assert.equal(
      JSON.parse(await readFile(file, 'utf8')).id,
      'silver',
      'a policy that does not say what it is called is that of the path',
    )
    await stage.call('GET /tyk/reload')
    assert.equal((await stage.call('GET /tyk/policies/silver')).json.rate, undefined)

    assert.deepEqual((await stage.call('DELETE /tyk/policies/silver')).json, { key: 'silver', status: 'ok', action: 'deleted' })
    assert.ok(!existsSync(file))
    await stage.call('GET /tyk/reload')
    assert.equal((await stage.call('GET /tyk/policies/silver')).status, 404)
    assert.deepEqual(
      (await readdir(join(stage.folder.path, 'policies'))).sort(),
      ['gold.json', 'wrong.json'],
      'and nothing else is left',
    )
  })

  test('that are wrong are refused', async () => {
    const rows: [what: string, body: unknown, status: number, message: string][] = [
      ['POST /tyk/policies', '{', 400, 'Request malformed'],
      ['POST /tyk/policies', { id: 'x', rate: 'many' }, 400, 'Request malformed'],
      ['POST /tyk/policies', { name: 'anonymous' }, 400, 'Unable to create policy without id.'],
      ['POST /tyk/policies', { id: 'gold' }, 400, 'There is a policy of this id already, use PUT to change it'],
      [
        'POST /tyk/policies',
        { id: '../gold' },
        400,
        'An id that files are named after may have letters, digits, "_", "-" and "." alone, and begins with none of the last two',
      ],
      [
        'PUT /tyk/policies/gold',
        { id: 'silver' },
        400,
        'Request ID does not match that in policy! For Update operations these must match.',
      ],
      ['PUT /tyk/policies/none', { id: 'none' }, 404, 'Policy not found'],
      ['PUT /tyk/policies/gold', 'x', 400, 'Request malformed'],
      ['DELETE /tyk/policies/none', undefined, 404, 'Policy not found'],
      ['DELETE /tyk/policies/..%2f..%2fgateway', undefined, 404, 'Policy not found'],
    ]
    for (const [what, body, status, message] of rows) {
      const answer = await stage.call(what, { body })
      assert.deepEqual([answer.status, answer.json.message], [status, message], what)
    }
  })

  test('whose files cannot be written or deleted stay as they were', async () => {
    const folder = join(stage.folder.path, 'policies')
    await mkdir(join(folder, 'stuck.json'))
    const stuck = await stage.call('DELETE /tyk/policies/stuck')
    assert.deepEqual([stuck.status, stuck.json.message], [500, 'Delete failed'])
    assert.equal((await stage.call('PUT /tyk/policies/stuck', { body: { id: 'stuck' } })).status, 500)
    await rm(join(folder, 'stuck.json'), { recursive: true })
    await rename(folder, `${folder}-away`)
    const lost = await stage.call('POST /tyk/policies', { body: { id: 'new' } })
    await rename(`${folder}-away`, folder)
    assert.deepEqual([lost.status, lost.json.message], [500, 'file object creation failed, write error'])
    assert.match(stage.log.lines.join('\n'), /Write \\".*new\.json\\" failed: ENOENT/)
  })
})

describe('APIs', () => {
  test('are listed and read as they are loaded, in the words of their files', async () => {
    const { json } = await stage.call('GET /tyk/apis')
    assert.deepEqual(
      json.map(({ api_id: id }: { api_id: string }) => id),
      ['doors', 'users'],
    )
    assert.deepEqual((await stage.call('GET /tyk/apis/doors')).json, api('doors'))
    assert.deepEqual((await stage.call('GET /tyk/apis/none')).json, { status: 'error', message: 'API not found' })
  })

  test('are written, changed and deleted in their files, and served after a reload', async () => {
    const keyless = { ...api('new'), use_keyless: true, use_standard_auth: false }
    assert.deepEqual((await stage.call('POST /tyk/apis', { body: keyless })).json, { key: 'new', status: 'ok', action: 'added' })
    assert.deepEqual(JSON.parse(await readFile(join(stage.folder.path, 'apps/new.json'), 'utf8')), keyless)
    assert.equal(await stage.request('/new/x', ''), 404)
    await stage.call('GET /tyk/reload')
    assert.equal(await stage.request('/new/x', ''), 200)

    const moved = { ...keyless, proxy: { target_url: upstream.url, listen_path: '/moved/' } }
    assert.deepEqual((await stage.call('PUT /tyk/apis/new', { body: moved })).json, {
      key: 'new',
      status: 'ok',
      action: 'modified',
    })
    await stage.call('GET /tyk/reload')
    assert.equal(await stage.request('/moved/x', ''), 200)
    assert.deepEqual((await stage.call('DELETE /tyk/apis/new')).json, { key: 'new', status: 'ok', action: 'deleted' })
    await stage.call('GET /tyk/reload')
    assert.equal(await stage.request('/moved/x', ''), 404)
  })

  test('are changed in the files that they have, whatever these are called', async () => {
    await stage.folder.writeDefinition('called-otherwise.json', api('other'))
    await stage.gateway.reload()
    await stage.call('PUT /tyk/apis/other', { body: { ...api('other'), name: 'Renamed' } })
    assert.ok(!existsSync(join(stage.folder.path, 'apps/other.json')))
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/other')).json.name, 'Renamed')
    await stage.call('DELETE /tyk/apis/other')
    assert.ok(!existsSync(join(stage.folder.path, 'apps/called-otherwise.json')))
    await stage.gateway.reload()
  })

  test('get an id where they have none', async () => {
    const { api_id: _, ...anonymous } = api('anonymous')
    const { json } = await stage.call('POST /tyk/apis', { body: anonymous })
    assert.match(json.key, /^[0-9a-f]{32}$/)
    assert.equal(JSON.parse(await readFile(join(stage.folder.path, `apps/${json.key}.json`), 'utf8')).api_id, json.key)
    await stage.call(`DELETE /tyk/apis/${json.key}`)
  })

  test('that failed to load can be mended', async () => {
    assert.equal((await stage.call('PUT /tyk/apis/wrong', { body: api('wrong') })).status, 200)
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/wrong')).status, 200)
    await stage.call('DELETE /tyk/apis/wrong')
    await stage.gateway.reload()
    await stage.folder.writeDefinition('wrong.json', { ...api('wrong'), name: 3 })
    await stage.gateway.reload()
  })

  test('that are wrong are refused, with what is wrong and where', async () => {
    const { proxy: _, ...incomplete } = api('incomplete')
    const rows: [what: string, body: unknown, status: number, message: RegExp][] = [
      ['POST /tyk/apis', '{', 400, /^Request malformed$/],
      ['POST /tyk/apis', [], 400, /^Request malformed$/],
      [
        'POST /tyk/apis',
        { ...api('x'), name: '' },
        400,
        /^The definition is not valid: name: expected a non-empty string, found ""$/,
      ],
      ['POST /tyk/apis', incomplete, 400, /proxy: expected an object, found nothing/],
      ['POST /tyk/apis', api('doors', '/elsewhere/'), 400, /^There is an API of this id already, use PUT to change it$/],
      [
        'POST /tyk/apis',
        api('x', '/doors/'),
        400,
        /proxy\.listen_path: "\/doors\/" is the listen path of ".*doors\.json" already; choose another/,
      ],
      ['POST /tyk/apis', api('../x', '/x/'), 400, /^An id that files are named after/],
      ['POST /tyk/apis', api('x-oas', '/x/'), 400, /^An id that files are named after/],
      ['PUT /tyk/apis/doors', '{', 400, /^Request malformed$/],
      [
        'PUT /tyk/apis/doors',
        api('x'),
        400,
        /^Request APIID does not match that in Definition! For Update operations these must match\.$/,
      ],
      ['PUT /tyk/apis/doors', { ...api('doors'), use_keyless: 'no' }, 400, /use_keyless: expected true or false, found "no"/],
      ['PUT /tyk/apis/none', api('none'), 404, /^API not found$/],
      ['DELETE /tyk/apis/none', undefined, 404, /^API not found$/],
    ]
    for (const [what, body, status, message] of rows) {
      const answer = await stage.call(what, { body })
      assert.equal(answer.status, status, `${what}: ${answer.json.message}`)
      assert.match(answer.json.message, message)
    }
    const several = await stage.call('POST /tyk/apis', { body: { ...api('x'), name: '', use_keyless: 'no' } })
    assert.equal(several.json.problems.length, 2)
    assert.deepEqual((await readdir(join(stage.folder.path, 'apps'))).sort(), ['doors.json', 'users.json', 'wrong.json'])
  })

  test('whose files cannot be written or deleted stay as they were', async () => {
    const folder = join(stage.folder.path, 'apps')
    await mkdir(join(folder, 'stuck.json'))
    const stuck = await stage.call('DELETE /tyk/apis/stuck')
    assert.deepEqual([stuck.status, stuck.json.message], [500, 'Delete failed'])
    assert.equal((await stage.call('PUT /tyk/apis/stuck', { body: api('stuck') })).status, 500)
    await rm(join(folder, 'stuck.json'), { recursive: true })
    await rename(folder, `${folder}-away`)
    const lost = await stage.call('POST /tyk/apis', { body: api('new') })
    const reload = await stage.call('GET /tyk/reload')
    await rename(`${folder}-away`, folder)
    assert.deepEqual([lost.status, lost.json.message], [500, 'file object creation failed, write error'])
    assert.equal(reload.status, 500)
    assert.match(reload.json.message, /Read the definitions in ".*apps" failed: there is no such folder/)
  })

  test('that are versions of others tell so', async () => {
    const base = {
      ...api('base'),
      definition: { enabled: true, location: 'header', key: 'x-v', name: 'v1', default: 'self', versions: { v2: 'second' } },
    }
    await stage.folder.writeDefinition('base.json', base)
    await stage.folder.writeDefinition('second.json', api('second'))
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/second')).headers.get('x-tyk-base-api-id'), 'base')
    assert.equal((await stage.call('GET /tyk/apis/base')).headers.get('x-tyk-base-api-id'), null)
    for (const id of ['base', 'second']) await stage.call(`DELETE /tyk/apis/${id}`)
    await stage.gateway.reload()
  })
})

describe('the gateway', () => {
  test('tells what is loaded, and why other files are not', async () => {
    const { json } = await stage.call('GET /tyk/status')
    const apis = json.apis.map(({ api_id: id, state, error }: Record<string, string>) => [
      id,
      state,
      error?.replace(/".*?"/, '…'),
    ])
    assert.deepEqual(apis, [
      ['doors', 'loaded', undefined],
      ['users', 'loaded', undefined],
      ['wrong', 'failed', 'Load the definition … failed: name: expected a string, found 3'],
    ])
    assert.deepEqual(
      json.policies.map(({ id, state, kept }: Record<string, string>) => [id, state, kept]),
      [
        ['gold', 'loaded', undefined],
        [undefined, 'failed', false],
      ],
    )
    await stage.folder.writeDefinition('doors.json', '{')
    await stage.call('GET /tyk/reload')
    const broken = await stage.call('GET /tyk/status')
    assert.deepEqual([broken.json.apis[0].state, broken.json.apis[0].api_id], ['kept', 'doors'])
    await stage.folder.writeDefinition('doors.json', api('doors'))
    const { json: reloaded } = await stage.call('GET /tyk/reload')
    assert.deepEqual(
      reloaded.failed.map(({ file, kept }: { file: string; kept: boolean }) => [file.split('/').at(-1), kept]),
      [
        ['wrong.json', false],
        ['wrong.json', false],
      ],
    )
  })

  test('reloads alone and with its fleet', async () => {
    assert.equal((await stage.call('GET /tyk/reload/?block=true')).status, 200)
    assert.deepEqual((await stage.call('GET /tyk/reload/group')).json, { status: 'ok', message: '' })
    failing.add('publish')
    assert.equal((await stage.call('GET /tyk/reload/group')).status, 500)
    failing.clear()
  })

  test('describes itself, and lists its plugins', async () => {
    assert.equal((await stage.call('GET /tyk/openapi.json')).json.openapi, '3.1.1')
    const middleware = { driver: 'jsplugin', pre: [{ name: 'Missing', path: 'missing.js' }] }
    await stage.folder.writeDefinition('plugged.json', { ...api('plugged'), custom_middleware: middleware })
    await stage.gateway.reload()
    const {
      json: { plugins },
    } = await stage.call('GET /tyk/plugins')
    assert.deepEqual([plugins.length, plugins[0].state, plugins[0].used_by[0].api_id], [1, 'failed', 'plugged'])
    assert.equal((await stage.call(`POST /tyk/plugins/${plugins[0].used_by[0].id}/enable`)).json.status, 'ok')
    const { status, json } = await stage.call('POST /tyk/plugins/none/enable')
    assert.deepEqual([status, json.message], [404, 'No plugin has this id; GET /tyk/plugins lists them'])
  })

  test('answers 405 to a method that an endpoint does not have, and 413 to a body without end', async () => {
    const { json: document } = await stage.call('GET /tyk/openapi.json')
    for (const [path, operations] of Object.entries(document.paths as Record<string, object>)) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        if (method.toLowerCase() in operations) continue
        const { status, json } = await stage.call(`${method} ${path.replace(/\{\w+\}/, 'anything')}`)
        // `/tyk/keys/create` is also a key.
        if (status !== 405) assert.match(path, /^\/tyk\/keys\/\w+$/, `${method} ${path}`)
        else assert.deepEqual(json, { status: 'error', message: 'Method not supported' })
      }
    }
    const large = await fetch(`${stage.gateway.url}/tyk/keys`, {
      method: 'POST',
      headers: { 'X-Tyk-Authorization': 'test-secret' },
      body: Buffer.alloc(11 * 1024 * 1024, ' '),
    })
    assert.deepEqual([large.status, await large.json()], [413, { status: 'error', message: 'Request Entity Too Large' }])
  })

  test('asks for the secret wherever the document says so', async () => {
    const { json: document } = await stage.call('GET /tyk/openapi.json')
    for (const [path, operations] of Object.entries(document.paths as Record<string, Record<string, { security: unknown[] }>>)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const what = `${method.toUpperCase()} ${path.replace(/\{\w+\}/, 'anything')}`
        const { status, json } = await stage.call(what, { secret: 'wrong' })
        assert.equal(status === 403, security.length > 0, what)
        if (status === 403) assert.equal(json.message, 'Attempted administrative access with invalid or missing key!')
      }
    }
  })

  test('is well, and ready until it drains', async () => {
    assert.equal((await stage.call('GET /hello')).json.status, 'pass')
    assert.equal((await stage.call('GET /ready')).status, 200)
    stage.gateway.drain()
    assert.equal((await stage.call('GET /ready')).json.message, 'Gateway is shutting down')
  })
})

describe('with keys that are stored hashed', () => {
  test('keys are found in plain and by their hashes, and listed if that is allowed', async () => {
    const hashed = { hash_keys: true, hash_key_function: 'sha256' }
    await using closed = await openAdmin({ config: hashed, definitions: { 'doors.json': api('doors') } })
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
    assert.ok(closed.seen.has('GET /tyk/keys 404'))
    for (const name of closed.seen) (stage.seen as Set<string>).add(name)
  })
})

test('a key may be for every API where that is allowed', async () => {
  await using free = await openAdmin({ config: { allow_master_keys: true } })
  for (const path of ['/tyk/keys', '/tyk/keys/create', '/tyk/keys/master']) {
    assert.equal((await free.call(`POST ${path}`, { body: { alias: 'master' } })).status, 200, path)
  }
})

test('policies are written to a folder alone', async () => {
  await using stageWithout = await openAdmin()
  for (const [what, body] of [
    ['POST /tyk/policies', { id: 'x' }],
    ['PUT /tyk/policies/x', {}],
    ['DELETE /tyk/policies/x', undefined],
  ] as const) {
    const { status, json } = await stageWithout.call(what, { body })
    assert.deepEqual([status, json.message], [500, 'Policies are written to policies.policy_path alone, which is not set'], what)
  }
})

test('writes at the same time leave one whole file, and every one that was acknowledged', async () => {
  await using busy = await openAdmin({
    files: { 'policies/x.json': '{"id":"x"}' },
    config: { policies: { policy_path: 'policies' } },
  })
  const names = Array.from({ length: 20 }, (_, i) => `p${i}`)
  const added = await Promise.all(names.map((id) => busy.call('POST /tyk/policies', { body: { id } })))
  assert.deepEqual(
    added.map(({ status }) => status),
    names.map(() => 200),
  )
  const same = await Promise.all(names.map((name) => busy.call('POST /tyk/policies', { body: { id: 'same', name } })))
  assert.equal(same.filter(({ status }) => status === 200).length, 1)
  await Promise.all(names.map((name) => busy.call('PUT /tyk/policies/same', { body: { id: 'same', name } })))
  await busy.call('GET /tyk/reload')
  const { json } = await busy.call('GET /tyk/policies')
  assert.equal(json.length, 22)
  await writeFile(join(busy.folder.path, 'policies/.half.json.partial'), '{')
  assert.equal((await busy.call('GET /tyk/reload')).json.failed, undefined, 'what is being written is no policy yet')
})

test('every answer that the document has was seen', () => {
  assert.deepEqual(
    [...stage.documented].filter((name) => !stage.seen.has(name)),
    [],
  )
})
