import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { type AdminStage, keyApi, openAdmin } from './admin-stage.ts'

let upstream: RawUpstream
let stage: AdminStage

before(async () => {
  upstream = await startUpstream()
  const definitions = {
    'doors.json': keyApi(upstream, 'doors'),
    'users.json': keyApi(upstream, 'users'),
    'wrong.json': { ...keyApi(upstream, 'wrong'), name: 3 },
  }
  stage = await openAdmin({ definitions })
})
after(async () => {
  await stage?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

describe('APIs', () => {
  test('are listed and read as they are loaded, in the words of their files', async () => {
    const { json } = await stage.call('GET /tyk/apis')
    assert.deepEqual(
      json.map(({ api_id: id }: { api_id: string }) => id),
      ['doors', 'users'],
    )
    assert.deepEqual((await stage.call('GET /tyk/apis/doors')).json, keyApi(upstream, 'doors'))
    assert.deepEqual((await stage.call('GET /tyk/apis/none')).json, { status: 'error', message: 'API not found' })
  })

  test('are written, changed and deleted in their files, and served after a reload', async () => {
    const keyless = { ...keyApi(upstream, 'new'), use_keyless: true, use_standard_auth: false }
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
    await stage.folder.writeDefinition('called-otherwise.json', keyApi(upstream, 'other'))
    await stage.gateway.reload()
    await stage.call('PUT /tyk/apis/other', { body: { ...keyApi(upstream, 'other'), name: 'Renamed' } })
    assert.ok(!existsSync(join(stage.folder.path, 'apps/other.json')))
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/other')).json.name, 'Renamed')
    await stage.call('DELETE /tyk/apis/other')
    assert.ok(!existsSync(join(stage.folder.path, 'apps/called-otherwise.json')))
    await stage.gateway.reload()
  })

  test('get an id where they have none', async () => {
    const { api_id: _, ...anonymous } = keyApi(upstream, 'anonymous')
    const { json } = await stage.call('POST /tyk/apis', { body: anonymous })
    assert.match(json.key, /^[0-9a-f]{32}$/)
    assert.equal(JSON.parse(await readFile(join(stage.folder.path, `apps/${json.key}.json`), 'utf8')).api_id, json.key)
    await stage.call(`DELETE /tyk/apis/${json.key}`)
  })

  test('that failed to load can be mended', async () => {
    assert.equal((await stage.call('PUT /tyk/apis/wrong', { body: keyApi(upstream, 'wrong') })).status, 200)
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/wrong')).status, 200)
    await stage.call('DELETE /tyk/apis/wrong')
    await stage.gateway.reload()
    await stage.folder.writeDefinition('wrong.json', { ...keyApi(upstream, 'wrong'), name: 3 })
    await stage.gateway.reload()
  })

  test('that are wrong are refused, with what is wrong and where', async () => {
    const { proxy: _, ...incomplete } = keyApi(upstream, 'incomplete')
    const rows: [what: string, body: unknown, status: number, message: RegExp][] = [
      ['POST /tyk/apis', '{', 400, /^Request malformed$/],
      ['POST /tyk/apis', [], 400, /^Request malformed$/],
      [
        'POST /tyk/apis',
        { ...keyApi(upstream, 'x'), name: '' },
        400,
        /^The definition is not valid: name: expected a non-empty string, found ""$/,
      ],
      ['POST /tyk/apis', incomplete, 400, /proxy: expected an object, found nothing/],
      [
        'POST /tyk/apis',
        keyApi(upstream, 'doors', '/elsewhere/'),
        400,
        /^There is an API of this id already, use PUT to change it$/,
      ],
      [
        'POST /tyk/apis',
        keyApi(upstream, 'x', '/doors/'),
        400,
        /proxy\.listen_path: "\/doors\/" is the listen path of ".*doors\.json" already; choose another/,
      ],
      ['POST /tyk/apis', keyApi(upstream, '../x', '/x/'), 400, /^An id that files are named after/],
      ['POST /tyk/apis', keyApi(upstream, 'x-oas', '/x/'), 400, /^An id that files are named after/],
      ['PUT /tyk/apis/doors', '{', 400, /^Request malformed$/],
      [
        'PUT /tyk/apis/doors',
        keyApi(upstream, 'x'),
        400,
        /^Request APIID does not match that in Definition! For Update operations these must match\.$/,
      ],
      [
        'PUT /tyk/apis/doors',
        { ...keyApi(upstream, 'doors'), use_keyless: 'no' },
        400,
        /use_keyless: expected true or false, found "no"/,
      ],
      ['PUT /tyk/apis/none', keyApi(upstream, 'none'), 404, /^API not found$/],
      ['DELETE /tyk/apis/none', undefined, 404, /^API not found$/],
    ]
    for (const [what, body, status, message] of rows) {
      const answer = await stage.call(what, { body })
      assert.equal(answer.status, status, `${what}: ${answer.json.message}`)
      assert.match(answer.json.message, message)
    }
    const several = await stage.call('POST /tyk/apis', { body: { ...keyApi(upstream, 'x'), name: '', use_keyless: 'no' } })
    assert.equal(several.json.problems.length, 2)
    assert.deepEqual((await readdir(join(stage.folder.path, 'apps'))).sort(), ['doors.json', 'users.json', 'wrong.json'])
  })

  test('whose files cannot be written or deleted stay as they were', async () => {
    const folder = join(stage.folder.path, 'apps')
    await mkdir(join(folder, 'stuck.json'))
    const stuck = await stage.call('DELETE /tyk/apis/stuck')
    assert.deepEqual([stuck.status, stuck.json.message], [500, 'Delete failed'])
    assert.equal((await stage.call('PUT /tyk/apis/stuck', { body: keyApi(upstream, 'stuck') })).status, 500)
    await rm(join(folder, 'stuck.json'), { recursive: true })
    await rename(folder, `${folder}-away`)
    const lost = await stage.call('POST /tyk/apis', { body: keyApi(upstream, 'new') })
    const reload = await stage.call('GET /tyk/reload')
    await rename(`${folder}-away`, folder)
    assert.deepEqual([lost.status, lost.json.message], [500, 'file object creation failed, write error'])
    assert.equal(reload.status, 500)
    assert.match(reload.json.message, /Read the definitions in ".*apps" failed: there is no such folder/)
  })

  test('that are versions of others tell so', async () => {
    const base = {
      ...keyApi(upstream, 'base'),
      definition: { enabled: true, location: 'header', key: 'x-v', name: 'v1', default: 'self', versions: { v2: 'second' } },
    }
    await stage.folder.writeDefinition('base.json', base)
    await stage.folder.writeDefinition('second.json', keyApi(upstream, 'second'))
    await stage.gateway.reload()
    assert.equal((await stage.call('GET /tyk/apis/second')).headers.get('x-tyk-base-api-id'), 'base')
    assert.equal((await stage.call('GET /tyk/apis/base')).headers.get('x-tyk-base-api-id'), null)
    for (const id of ['base', 'second']) await stage.call(`DELETE /tyk/apis/${id}`)
    await stage.gateway.reload()
  })
})

test('every answer that the document has for them was seen', async () => {
  await stage.refuseStrangers('/tyk/apis')
  assert.deepEqual(stage.unseen('/tyk/apis'), [])
})
