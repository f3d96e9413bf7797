import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type AdminStage, openAdmin } from './admin-stage.ts'

let stage: AdminStage

before(async () => {
  const gold = { id: 'gold', org_id: 'acme', rate: 1, per: 1, access_rights: { doors: {} } }
  const files = { 'policies/gold.json': JSON.stringify(gold), 'policies/wrong.json': '{' }
  stage = await openAdmin({ files, config: { policies: { policy_path: 'policies' } } })
})
after(() => stage?.[Symbol.asyncDispose]())

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

test('every answer that the document has for them was seen', async () => {
  await stage.refuseStrangers('/tyk/policies')
  assert.deepEqual(stage.unseen('/tyk/policies'), [])
})
