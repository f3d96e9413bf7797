import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MemoryCounters } from '../../src/store/memory/memory-counters.ts'
import type { Connection } from '../../src/store/redis/connection.ts'
import { Fleet } from '../../src/store/redis/fleet.ts'
import { OwedQuotas } from '../../src/store/redis/owed-quotas.ts'
import { RedisCounters } from '../../src/store/redis/redis-counters.ts'
import { RedisLink } from '../../src/store/redis/redis-link.ts'
import { RedisLosses } from '../../src/store/redis/redis-losses.ts'
import { RedisSessions } from '../../src/store/redis/redis-sessions.ts'
import { until } from '../harness/until.ts'

type Send = Connection['send']

/** A link to a Redis that answers as it is told, and whose connections do not end by themselves. */
function fakeLink(timeoutMs = 60_000) {
  const redis = {
    send: (async () => 'OK') as Send,
    connects: 0,
    refuses: false,
    troubles: [] as (string | null)[],
  }
  const link = new RedisLink({
    where: 'redis://fake',
    timeoutMs,
    connect: async () => {
      redis.connects++
      if (redis.refuses) throw new Error('refused')
      const send: Send = (key, args) => redis.send(key, args)
      return { send, sendForBytes: send, nodes: async () => [], destroy: () => {} }
    },
    onTrouble: (error) => redis.troubles.push(error?.message ?? null),
  })
  return { link, redis, call: () => link.run((connection) => connection.send('key', ['GET', 'key'])) }
}

const never: Send = () => new Promise(() => {})

describe('the way to Redis', () => {
  test('ends every call with the first that gets no answer in time, and connects anew', async () => {
    const { link, redis, call } = fakeLink(50)
    await link.open(() => false)
    redis.send = never
    redis.refuses = true
    const calls = Array.from({ length: 5 }, () => assert.rejects(call(), { code: 'store_away' }))
    await Promise.all(calls)
    assert.equal(link.isThere, false)
    await assert.rejects(call(), { code: 'store_away' })
    redis.refuses = false
    await until('the return', () => link.isThere)
    redis.send = async () => 'again'
    assert.equal(await call(), 'again')
    assert.deepEqual(redis.troubles, ['Reach the store "redis://fake" failed: no answer within 50 ms', null])
    await link.close()
  })

  test('takes an answer that was at hand when time was up', async () => {
    const { link, redis, call } = fakeLink(20)
    await link.open(() => false)
    redis.send = () => new Promise((resolve) => setTimeout(() => resolve('late'), 10))
    const answer = call()
    // The event loop is held up: the time is up, and so is the answer's, when it goes on.
    for (const end = performance.now() + 60; performance.now() < end; );
    assert.equal(await answer, 'late')
    assert.equal(link.isThere, true)
    await link.close()
  })

  test('is not lost by what Redis cannot do, and is by what tells that Redis cannot serve', async () => {
    const { link, redis, call } = fakeLink()
    await link.open(() => false)
    for (const reason of [
      'OOM command not allowed',
      'WRONGTYPE Operation against a key',
      'ERR no such thing',
      'NOPERM no rights',
    ]) {
      redis.send = () => Promise.reject(new Error(reason))
      await assert.rejects(call(), { code: 'store_failed', message: `Use the store "redis://fake" failed: ${reason}` })
      assert.equal(link.isThere, true, reason)
    }
    for (const reason of [
      'LOADING the dataset',
      'CLUSTERDOWN hash slot',
      'READONLY a replica',
      'MASTERDOWN link',
      'Socket closed',
    ]) {
      redis.send = () => Promise.reject(new Error(reason))
      await assert.rejects(call(), { code: 'store_away' })
      assert.equal(link.isThere, false, reason)
      await until('the return', () => link.isThere)
    }
    await link.close()
  })

  test('ends what is under way when it is closed, and connects no more', async () => {
    const { link, redis, call } = fakeLink()
    await link.open(() => false)
    redis.send = never
    const waiting = assert.rejects(call(), { code: 'store_closed' })
    await link.close()
    await waiting
    await assert.rejects(call(), { code: 'store_closed' })
    assert.equal(redis.connects, 1)
    assert.deepEqual(redis.troubles, [])
  })
})

test('what is owed to Redis is counted by the gateway until Redis has been told', async () => {
  const { link, redis } = fakeLink()
  redis.refuses = true
  await link.open(() => false)
  const [own, losses, now] = [new MemoryCounters(Date.now), new RedisLosses(), () => '' as const]
  const owed = new OwedQuotas({ link, counters: own, losses, clock: Date.now, now })
  const fleet = new Fleet(link)
  const counters = new RedisCounters({ link: () => link, own, owed, fleet, losses, onOutage: 'allow', now })
  const spend = () => counters.spend('quota-key', { max: 10, renewalMs: 60_000 })
  assert.equal((await spend()).remaining, 9)
  redis.refuses = false
  await until('the return', () => link.isThere)

  const answered = Promise.withResolvers<number>()
  const sent: (readonly (string | Buffer)[])[] = []
  redis.send = (_, args) => {
    sent.push(args)
    return answered.promise
  }
  assert.equal((await spend()).remaining, 8)
  const paying = owed.pay()
  assert.equal((await spend()).remaining, 7)
  answered.resolve(1)
  await paying
  assert.equal(owed.has('quota-key'), false)
  assert.deepEqual(
    sent.map((args) => args.slice(4, 6)),
    [
      ['2', '2'],
      ['1', '3'],
    ],
  )
  redis.send = never
  assert.ok(spend() instanceof Promise)
  await link.close()
})

test('a session that was changed while it was read is not held as it was before', async () => {
  const { link, redis } = fakeLink()
  await link.open(() => false)
  const sessions = new RedisSessions({
    link: () => link,
    clock: Date.now,
    losses: new RedisLosses(),
    heldInOutage: true,
    publishKey: async () => {},
  })
  const answers: ((text: string) => void)[] = []
  redis.send = (_, [command]) => (command === 'GET' ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve(-1))
  const reading = sessions.get('abc')
  await until('the question', () => answers.length === 1)
  sessions.changedElsewhere('abc')
  answers[0]?.('{"alias":"before"}')
  assert.deepEqual(await reading, { alias: 'before' })
  const again = sessions.get('abc')
  await until('another question', () => answers.length === 2)
  answers[1]?.('{"alias":"after"}')
  assert.deepEqual(await again, { alias: 'after' })
  assert.deepEqual(await sessions.get('abc'), { alias: 'after' })
  assert.equal(answers.length, 2, 'what was read since is held')
  await link.close()
})
