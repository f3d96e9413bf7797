/** A credential that is known costs no promise: where everything is at hand, a chain runs through without waiting. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '../../src/plugin/contract/session.ts'
import type { Exchange } from '../../src/request/chain/exchange.ts'
import type { Step } from '../../src/request/chain/step.ts'
import type { StepTools } from '../../src/request/steps/step-kind.ts'
import { definition, type Json, read } from '../control/definitions.ts'
import { until } from '../harness/until.ts'
import { sign } from './issuer.ts'

const secret = Buffer.from('a secret of no less than 32 bytes')

/** The authentication of an API, with keys that are all at hand. */
async function openStep(phase: string, fields: Json, keys: Map<string, Session>): Promise<Step> {
  const { definition: api } = await read(definition({ use_keyless: false, ...fields }))
  const tools = {
    orgId: 'o-',
    sessions: {
      find: (key: string) => keys.get(key),
      apply: (session: Session) => session,
      save: async (key: string, session: Session) => void keys.set(key, session),
      keyOf: (id: string) => `o-${id}`,
    },
    passwords: { matches: async (password: string) => password === 'right' },
    rateLimits: {},
  } as unknown as StepTools
  const step = api.versions[0].steps.flatMap((open) => open(tools)).find((one) => one.phase === phase)
  assert.ok(step)
  return step
}

function request(authorization: string) {
  const exchange = {
    draft: null,
    query: '',
    incoming: { rawHeaders: ['Host', 'a', 'authorization', authorization] },
    session: undefined as Session | undefined,
    token: '',
    identify(session: Session, token: string) {
      exchange.session = session
      exchange.token = token
    },
  }
  return exchange as typeof exchange & Exchange
}

const run = (step: Step, exchange: Exchange) => step.run(exchange, undefined as never, 0)

test('a key', async () => {
  const session = {}
  const step = await openStep('auth_token', {}, new Map([['key-one', session]]))
  const exchange = request('Bearer key-one')
  assert.equal(run(step, exchange), 'go-on')
  assert.equal(exchange.session, session)
  assert.equal(exchange.token, 'key-one')
})

test('a user, once the password was right', async () => {
  const session = { basic_auth_data: { password: '', hash_type: 'bcrypt' as const } }
  const step = await openStep('basic_auth', { use_basic_auth: true }, new Map([['o-ada', session]]))
  const header = `Basic ${Buffer.from('ada:right').toString('base64')}`
  assert.equal(await run(step, request(header)), 'go-on')
  const exchange = request(header)
  assert.equal(run(step, exchange), 'go-on', 'at once')
  assert.equal(exchange.session, session)
  session.basic_auth_data.password = 'another hash'
  assert.ok(run(step, request(header)) instanceof Promise, 'a changed password is checked anew')
  const brief = await openStep(
    'basic_auth',
    { use_basic_auth: true, basic_auth: { cache_ttl: 0.05 } },
    new Map([['o-ada', session]]),
  )
  assert.equal(await run(brief, request(header)), 'go-on')
  await until('the password to be forgotten', () => run(brief, request(header)) instanceof Promise)
  const anew = await openStep(
    'basic_auth',
    { use_basic_auth: true, basic_auth: { disable_caching: true } },
    new Map([['o-ada', session]]),
  )
  assert.equal(await run(anew, request(header)), 'go-on')
  assert.ok(run(anew, request(header)) instanceof Promise, 'and so is every one where caching is off')
})

test('a JWT, once it was checked; its session stays the same object as long as nothing changes', async () => {
  const keys = new Map<string, Session>()
  const fields = {
    enable_jwt: true,
    jwt_signing_method: 'hmac',
    jwt_source: secret.toString('base64'),
    jwt_default_policies: ['users'],
  }
  const step = await openStep('jwt', fields, keys)
  const token = await sign({ sub: 'ada' }, secret, { alg: 'HS256' })
  assert.equal(await run(step, request(token)), 'go-on')
  assert.equal(keys.size, 1, 'the subject is kept')
  const [first, second, third] = [request(token), request(token), request(token)]
  assert.equal(run(step, first), 'go-on', 'at once')
  assert.equal(run(step, second), 'go-on')
  assert.equal(first.session, second.session)
  assert.deepEqual(first.claims, { sub: 'ada' })

  const [key] = [...keys.keys()]
  keys.set(key as string, { is_inactive: true, meta_data: { a: 1 }, apply_policies: ['admins'], access_rights: { x: {} } })
  assert.equal(run(step, third), 'go-on')
  assert.notEqual(third.session, second.session)
  assert.equal(third.session?.is_inactive, true, 'what is stored of the subject counts')
  assert.deepEqual(third.session?.meta_data, { a: 1 })
  assert.deepEqual(third.session?.apply_policies, ['users'], 'but for what it may do, which the token says')
  assert.equal(third.session?.access_rights, undefined)
})
