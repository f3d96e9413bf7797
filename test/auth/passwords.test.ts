import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hashSync } from 'bcryptjs'
import type { StoredPassword } from '../../src/request/steps/basic-auth/passwords.ts'
import { StoredPasswords } from '../../src/session/passwords/stored-passwords.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const quick: StoredPassword = { password: hashSync('right', 4), hash_type: 'bcrypt' }

describe('passwords', () => {
  let passwords: StoredPasswords
  before(() => {
    passwords = new StoredPasswords()
  })
  after(() => passwords.close())

  test('of any age of bcrypt', async () => {
    for (const version of ['2a', '2b', '2y']) {
      const stored = { password: (quick.password as string).replace('2b', version), hash_type: 'bcrypt' }
      assert.equal(await passwords.matches('right', stored), true)
      assert.equal(await passwords.matches('wrong', stored), false)
    }
  })

  test('cost the same to refuse, whatever there is to compare with', async () => {
    const plain = { password: 'right', hash_type: '' }
    const costs: number[] = []
    for (const stored of [undefined, quick, plain, { password: 'no hash', hash_type: 'bcrypt' }]) {
      await passwords.matches('wrong', stored)
      const begun = process.cpuUsage()
      for (let i = 0; i < 4; i += 1) assert.equal(await passwords.matches('wrong', stored), false)
      costs.push(process.cpuUsage(begun).user)
    }
    // CPU time of the process, which load does not change; a hash of its own cost alone would be a fiftieth.
    assert.ok(Math.max(...costs) < 2.5 * Math.min(...costs), `microseconds: ${costs}`)
  })

  test('are turned away where too many wait', async () => {
    const costly = { password: hashSync('right', 4).replace('$04$', '$12$'), hash_type: 'bcrypt' }
    const own = new StoredPasswords()
    const results = Array.from({ length: 250 }, () =>
      Promise.resolve(own.matches('x', costly)).catch((error) => error.code ?? 'closed'),
    )
    assert.ok((await Promise.race(results)) === 'passwords_busy')
    await own.close()
    const outcomes = await Promise.all(results)
    assert.ok(outcomes.filter((one) => one === 'passwords_busy').length >= 40)
    assert.ok(outcomes.includes('closed'))
  })

  test('are still checked after a thread has ended', async () => {
    // A cost that bcrypt does not have ends in an error.
    const broken = { password: (quick.password as string).replace('$04$', '$99$'), hash_type: 'bcrypt' }
    await assert.rejects(async () => await passwords.matches('right', broken))
    assert.equal(await passwords.matches('right', quick), true)
  })
})

test('a password that takes long to check keeps nobody else waiting', async () => {
  await using upstream = await startUpstream()
  const api = (name: string, fields: object) =>
    definition(upstream.url, { ...fields, api_id: name, proxy: { listen_path: `/${name}/` } })
  await using gateway = await startGateway({
    definitions: { 'open.json': api('open', {}), 'users.json': api('users', { use_keyless: false, use_basic_auth: true }) },
    keys: {
      defaultslow: { basic_auth_data: { password: (quick.password as string).replace('$04$', '$13$'), hash_type: 'bcrypt' } },
    },
  })
  const get = (path: string, header = 'A: b') =>
    exchange(gateway.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\n\r\n`)
  let refused = false
  const slow = get('/users/x', `Authorization: Basic ${Buffer.from('slow:wrong').toString('base64')}`).then((response) => {
    refused = true
    return response
  })
  for (let i = 0; i < 10; i += 1) assert.equal((await get('/open/x')).status, 200)
  assert.equal(refused, false, 'ten requests are served before the password is checked')
  assert.equal((await slow).status, 401)
})
