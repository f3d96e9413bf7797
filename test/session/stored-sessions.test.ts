import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import { openLog } from '../../src/log.ts'
import type { Session } from '../../src/plugin/contract/session.ts'
import { KeyForms } from '../../src/session/keys/key-forms.ts'
import type { SessionCacheOptions } from '../../src/session/session-cache.ts'
import { StoredSessions } from '../../src/session/stored-sessions.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { SessionStore } from '../../src/store/store.ts'
import { captureLog } from '../harness/captured-log.ts'

interface World extends AsyncDisposable {
  readonly sessions: StoredSessions
  readonly store: SessionStore
  /** What was asked of the store, in order. */
  readonly asked: string[]
  readonly log: readonly string[]
  /** What answers wait for; nothing unless set. */
  hold: Promise<void>
  /** Whether the store is away, and answers by the keys that it holds alone. */
  isAway: boolean
}

async function open(cache: Partial<SessionCacheOptions> = {}): Promise<World> {
  const memory = await openMemoryStore()
  const log = captureLog()
  const asked: string[] = []
  const store: SessionStore = {
    ...memory.sessions,
    async get(key) {
      asked.push(key)
      const found = await memory.sessions.get(key)
      await world.hold
      if (world.isAway && found === undefined) throw failure('store_away', { where: 'the test', reason: 'it is away' })
      return found
    },
  }
  const sessions = new StoredSessions({
    store,
    forms: new KeyForms({ hashed: false, hashFunction: '', fallback: [], secret: '', minLength: 3 }),
    cache: { timeoutMs: 60_000, most: 100, ...cache },
    log: await openLog({ level: 'info', format: 'json', destination: log.destination }),
  })
  const world: World = {
    sessions,
    store: memory.sessions,
    asked,
    log: log.lines,
    hold: Promise.resolve(),
    isAway: false,
    async [Symbol.asyncDispose]() {
      sessions.close()
      await memory.close()
    },
  }
  return world
}

describe('a session that was found', () => {
  test('is at hand from then on, as the same object', async () => {
    await using world = await open()
    await world.store.set('key-one', { alias: 'one' })
    const acme = world.sessions.of('')
    const first = await acme.find('key-one')
    assert.deepEqual(first, { alias: 'one' })
    assert.equal(acme.find('key-one'), first)
    assert.deepEqual(world.asked, ['key-one'])
  })

  test('is dropped when it is set or deleted', async () => {
    await using world = await open()
    const acme = world.sessions.of('')
    await world.store.set('key-one', { alias: 'one' })
    await acme.find('key-one')
    await world.store.set('key-one', { alias: 'two' })
    assert.deepEqual(await acme.find('key-one'), { alias: 'two' })
    await world.store.delete('key-one')
    assert.equal(await acme.find('key-one'), undefined)
  })

  test('is asked for again when its time is over, or where caching is off', async () => {
    for (const timeoutMs of [1, 0]) {
      await using world = await open({ timeoutMs })
      await world.store.set('key-one', {})
      const acme = world.sessions.of('')
      await acme.find('key-one')
      const end = Date.now() + 2
      while (Date.now() < end);
      await acme.find('key-one')
      assert.equal(world.asked.length, 2, `${timeoutMs} ms`)
    }
  })

  test('is one of so many', async () => {
    await using world = await open({ most: 2 })
    const acme = world.sessions.of('')
    for (const key of ['key-1', 'key-2', 'key-3']) {
      await world.store.set(key, {})
      await acme.find(key)
      await acme.find('key-1')
    }
    assert.ok(!(acme.find('key-1') instanceof Promise), 'what is asked for often stays')
    assert.ok(!(acme.find('key-3') instanceof Promise))
    assert.ok(acme.find('key-2') instanceof Promise)
  })

  test('has its policies, and others once these have changed', async () => {
    await using world = await open()
    await world.store.set('key-one', { apply_policies: ['p'] })
    const acme = world.sessions.of('')
    assert.equal(await acme.find('key-one'), undefined)
    assert.match(world.log.join(), /Find the session of the key \*\*\*\*-one failed: Apply the policy/)
    world.sessions.usePolicies(new Map([['p', { id: 'p', fields: { access_rights: { a: {} }, rate: 1, per: 1 } }]]))
    assert.equal(((await acme.find('key-one')) as Session).rate, 1)
    world.sessions.usePolicies(new Map([['p', { id: 'p', fields: { access_rights: { a: {} }, rate: 2, per: 1 } }]]))
    assert.equal(((await acme.find('key-one')) as Session).rate, 2)
    assert.deepEqual(await world.store.get('key-one'), { apply_policies: ['p'] }, 'what is stored has none of them')
  })
})

describe('a key that is not known', () => {
  test('is not asked for again at once, and found as soon as it is made', async () => {
    await using world = await open()
    const acme = world.sessions.of('acme')
    assert.equal(await acme.find('new'), undefined)
    assert.equal(acme.find('new'), undefined)
    assert.deepEqual(world.asked, ['acmenew', 'new'])
    await world.store.set('acmenew', { alias: 'new' })
    assert.deepEqual(await acme.find('new'), { alias: 'new' })
  })

  test('takes no room from those that are, however many there are', async () => {
    await using world = await open({ most: 1 })
    await world.store.set('known', {})
    const acme = world.sessions.of('')
    await acme.find('known')
    for (let i = 0; i < 3000; i += 1) await acme.find(`unknown-${i}`)
    assert.ok(!(acme.find('known') instanceof Promise))
    assert.ok(acme.find('unknown-0') instanceof Promise, 'and most of them are forgotten')
  })

  test('is not looked up at all where it is too short', async () => {
    await using world = await open()
    assert.equal(world.sessions.of('').find('ab'), undefined)
    assert.deepEqual(world.asked, [])
  })
})

describe('a look into the store', () => {
  test('is one for all who ask meanwhile', async () => {
    await using world = await open()
    await world.store.set('key-one', {})
    const acme = world.sessions.of('')
    const found = await Promise.all([acme.find('key-one'), acme.find('key-one'), acme.find('key-one')])
    assert.equal(new Set(found).size, 1)
    assert.deepEqual(world.asked, ['key-one'])
  })

  test('whose answer is out of date when it comes is not kept', async () => {
    await using world = await open()
    await world.store.set('key-one', { alias: 'old' })
    const held = Promise.withResolvers<void>()
    world.hold = held.promise
    const acme = world.sessions.of('')
    const early = acme.find('key-one')
    await world.store.set('key-one', { alias: 'new' })
    world.hold = Promise.resolve()
    assert.deepEqual(await acme.find('key-one'), { alias: 'new' }, 'who asks later does not wait for it')
    held.resolve()
    await early
    assert.deepEqual(acme.find('key-one'), { alias: 'new' })
  })

  test('that fails, fails all who wait for it, and is tried again', async () => {
    await using world = await open()
    world.hold = Promise.reject(new Error('away'))
    const acme = world.sessions.of('')
    await assert.rejects(Promise.all([acme.find('key-one'), acme.find('key-one')]), /away/)
    world.hold = Promise.resolve()
    assert.equal(await acme.find('key-one'), undefined)
  })
})

test('a key may be stored in several ways; while the store is away, the one that it holds is enough', async () => {
  await using world = await open()
  await world.store.set('key-one', { alias: 'one' })
  world.isAway = true
  const acme = world.sessions.of('acme')
  assert.equal((await acme.find('key-one'))?.alias, 'one')
  assert.ok(world.asked.length > 1, 'it was asked for in other ways too')
  await assert.rejects(async () => acme.find('key-two'), { code: 'store_away' })
})

describe('organisations', () => {
  test('have keys of their own, and one that is stored as it is sent is for all of them', async () => {
    await using world = await open()
    await world.store.set('acmeada', { alias: 'of acme' })
    await world.store.set('common', { alias: 'common' })
    assert.deepEqual(await world.sessions.of('acme').find('ada'), { alias: 'of acme' })
    assert.equal(await world.sessions.of('other').find('ada'), undefined)
    for (const orgId of ['', 'acme', 'other'])
      assert.deepEqual(await world.sessions.of(orgId).find('common'), { alias: 'common' })
  })

  test('a key is counted as one, however it is sent', async () => {
    await using world = await open()
    await world.store.set('acmeada', {})
    const acme = world.sessions.of('acme')
    const [short, long] = [await acme.find('ada'), await acme.find('acmeada')]
    assert.equal(acme.storedKey('ada', short), 'acmeada')
    assert.equal(acme.storedKey('acmeada', long), 'acmeada')
    assert.equal(acme.storedKey('ada'), 'ada', 'a session of a plugin, under what the plugin says')
  })
})

describe('a session that is saved', () => {
  test('is found at once, in place of the one that the key had', async () => {
    await using world = await open()
    await world.store.set('acmeada', { alias: 'old' })
    const acme = world.sessions.of('acme')
    await acme.save('ada', { alias: 'new' })
    await acme.save('eve', { alias: 'eve' })
    assert.deepEqual((await world.store.keys()).sort(), ['acmeada', 'eve'])
    assert.deepEqual(await acme.find('ada'), { alias: 'new' })
    assert.deepEqual(await acme.find('eve'), { alias: 'eve' })
  })

  test('lives as long as it says', async () => {
    await using world = await open()
    const acme = world.sessions.of('')
    const now = Date.now() / 1000
    await acme.save('for-long', { session_lifetime: 1000 })
    await acme.save('for-ever', { expires: 1 })
    await acme.save('gone', { expires: 1, post_expiry_action: 'delete' })
    await acme.save('in-grace', { expires: now - 10, post_expiry_action: 'delete', post_expiry_grace_period: 1000 })
    const end = Date.now() + 3
    while (Date.now() < end);
    assert.deepEqual((await world.store.keys()).sort(), ['for-ever', 'for-long', 'in-grace'])
  })
})
