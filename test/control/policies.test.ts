import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadPolicies, type PolicySettings } from '../../src/control/policy/load-policies.ts'
import { isFailure } from '../../src/errors.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { makeFolder } from './temporary-folder.ts'

function settings(fields: Partial<PolicySettings>): PolicySettings {
  return { policy_source: 'file', policy_path: '', policy_record_name: '', allow_explicit_policy_id: true, ...fields }
}

test('without a place for them, or a source, there are no policies', async () => {
  assert.equal((await loadPolicies(settings({}))).policies.size, 0)
  assert.equal((await loadPolicies(settings({ policy_source: '', policy_path: '/nowhere' }))).policies.size, 0)
})

describe('a folder of policies', () => {
  test('is read file by file; what is broken fails alone, and what was good before stays', async () => {
    await using folder = await makeFolder()
    const write = (name: string, text: string) => writeFile(join(folder.path, name), text)
    const from = settings({ policy_path: folder.path })
    await write('a.json', '{"id":"a","rate":1}')
    await write('b.json', '{"id":"b"}')
    await write('.hidden.json', '{')
    await write('note.txt', '{')
    const first = await loadPolicies(from)
    assert.deepEqual([...first.policies.keys()], ['a', 'b'])
    assert.deepEqual(first.failed, [])

    await write('a.json', '{"id":"a","rate":')
    await write('b.json', '{"id":"b","rate":2}')
    await write('c.json', '{"id":"c","rate":[]}')
    const second = await loadPolicies(from, first)
    assert.deepEqual([...second.policies].map(([id, { fields }]) => [id, fields.rate]).sort(), [
      ['a', 1],
      ['b', 2],
    ])
    assert.deepEqual(
      second.failed.map(({ file, kept }) => [file, kept]),
      [
        [join(folder.path, 'a.json'), true],
        [join(folder.path, 'c.json'), false],
      ],
    )
    assert.match(second.failed[0]?.error.message ?? '', /Parse the JSON of ".*a\.json" failed at line 1/)
    assert.match(
      second.failed[1]?.error.message ?? '',
      /Load the policy ".*c\.json" failed: rate: expected a number, found a list/,
    )

    const third = await loadPolicies(from, second)
    assert.equal(third.policies.get('a')?.fields.rate, 1, 'also at the reload after that')
    await rm(join(folder.path, 'a.json'))
    assert.deepEqual([...(await loadPolicies(from, third)).policies.keys()], ['b'], 'until the file is gone')
  })

  test('a version from before does not come back where another policy has its id by now', async () => {
    await using folder = await makeFolder()
    const from = settings({ policy_path: folder.path })
    await writeFile(join(folder.path, 'a.json'), '{"id":"a","rate":1}')
    const first = await loadPolicies(from)
    await writeFile(join(folder.path, 'a.json'), '{')
    await writeFile(join(folder.path, 'b.json'), '{"id":"a","rate":2}')
    const second = await loadPolicies(from, first)
    assert.equal(second.policies.get('a')?.fields.rate, 2)
    assert.deepEqual(
      second.failed.map(({ kept }) => kept),
      [false],
    )
  })

  test('names a policy by its id, or by that of a database', async () => {
    await using folder = await makeFolder()
    await writeFile(join(folder.path, 'both.json'), '{"id":"chosen","_id":"given"}')
    await writeFile(join(folder.path, 'one.json'), '{"_id":"only"}')
    const idsWith = async (explicit: boolean) => {
      const { policies } = await loadPolicies(settings({ policy_path: folder.path, allow_explicit_policy_id: explicit }))
      return [...policies.keys()]
    }
    assert.deepEqual(await idsWith(true), ['chosen', 'only'])
    assert.deepEqual(await idsWith(false), ['given', 'only'])
  })

  test('that is not there fails the load', async () => {
    await assert.rejects(loadPolicies(settings({ policy_path: '/no/such/folder' })), (error) => {
      assert.ok(isFailure(error, 'policies_unreadable'))
      assert.match(error.message, /"\/no\/such\/folder" failed: there is no such file or folder; .*"policies\.policy_path"/)
      return true
    })
  })
})

describe('a file of policies', () => {
  test('has them by id; a wrong one fails alone, a wrong file leaves all as they were', async () => {
    await using folder = await makeFolder()
    const file = join(folder.path, 'policies.json')
    const from = settings({ policy_record_name: file })
    await writeFile(file, '{"a":{"rate":1,"id":"another"},"b":{"rate":1}}')
    const first = await loadPolicies(from)
    assert.deepEqual([...first.policies.keys()], ['a', 'b'])

    await writeFile(file, '{"a":{"rate":"x"},"b":{"rate":2},"c":null}')
    const second = await loadPolicies(from, first)
    assert.deepEqual([...second.policies].map(([id, { fields }]) => [id, fields.rate]).sort(), [
      ['a', 1],
      ['b', 2],
    ])
    assert.deepEqual(
      second.failed.map(({ kept }) => kept),
      [true, false],
    )
    assert.match(second.failed[0]?.error.message ?? '', /policies\.json: "a"" failed: rate: expected a number, found "x"/)
    assert.match(second.failed[1]?.error.message ?? '', /policies\.json: "c"" failed: expected an object, found null/)

    for (const [text, message] of [
      ['{', /Parse the JSON/],
      ['[]', /expected an object, policies by id, found a list/],
    ] as const) {
      await writeFile(file, text)
      const third = await loadPolicies(from, second)
      assert.deepEqual([...third.policies.keys()].sort(), ['a', 'b'])
      assert.equal(third.failed.length, 1)
      assert.match(third.failed[0]?.error.message ?? '', message)
    }
  })

  test('is not looked at where there is a folder', async () => {
    await using folder = await makeFolder()
    await mkdir(join(folder.path, 'policies'))
    const from = settings({ policy_path: join(folder.path, 'policies'), policy_record_name: '/no/such/file' })
    assert.equal((await loadPolicies(from)).policies.size, 0)
    await assert.rejects(loadPolicies({ ...from, policy_path: '' }), /"\/no\/such\/file" failed/)
  })
})

test('a reload takes policies over together with definitions, for keys that are at hand too', async () => {
  await using upstream = await startUpstream()
  const policy = (versions: string[]) => JSON.stringify({ id: 'p', access_rights: { 'test-api': { versions } } })
  await using gateway = await startGateway({
    definitions: { 'api.json': definition(upstream.url, { org_id: '', use_keyless: false, use_standard_auth: true }) },
    files: { 'policies/p.json': policy(['Default']) },
    config: { policies: { policy_path: 'policies' } },
    keys: { 'key-one': { apply_policies: ['p'] } },
  })
  const status = async () => {
    const head = 'GET /api/x HTTP/1.1\r\nHost: a\r\nAuthorization: key-one\r\nConnection: close\r\n\r\n'
    return (await exchange(gateway.port, head)).status
  }
  assert.equal(await status(), 200)
  await gateway.folder.writeFile('policies/p.json', policy(['other']))
  assert.equal(await status(), 200, 'not before the reload')
  await gateway.reload()
  assert.equal(await status(), 403)
  await gateway.folder.writeFile('policies/p.json', '{')
  const { failed } = await gateway.reload()
  assert.deepEqual(
    failed.map(({ kind, kept }) => [kind, kept]),
    [['policy', true]],
  )
  assert.equal(await status(), 403)
  await gateway.folder.writeFile('policies/p.json', policy([]))
  await rm(join(gateway.folder.path, 'policies'), { recursive: true })
  await assert.rejects(gateway.reload(), /policies/)
  assert.equal(await status(), 403, 'a reload that fails changes nothing')
})
