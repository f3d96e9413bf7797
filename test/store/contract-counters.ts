import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuotaRule, RateAlgorithm, RateRule } from '../../src/store/counters.ts'
import type { Store } from '../../src/store/store.ts'
import type { StoreUnderTest } from './contract.ts'

const algorithms: readonly RateAlgorithm[] = ['sliding-window', 'token-bucket', 'fixed-window']

/** How the rates of every store count. `advance` moves the counters' clock exactly: no time passes otherwise. */
export function testRates(store: () => Store, advance: StoreUnderTest['advance']): void {
  const take = async (key: string, rule: RateRule) => store().counters.take(key, rule)
  const admitted = async (key: string, rule: RateRule, offers: number) => {
    const verdicts = await Promise.all(Array.from({ length: offers }, () => take(key, rule)))
    return verdicts.filter(({ allowed }) => allowed).length
  }

  for (const algorithm of algorithms) {
    test(`${algorithm}: of requests made at once exactly the limit is let in`, async () => {
      const rule = { algorithm, limit: 100, windowMs: 60_000 }
      assert.equal(await admitted('key', rule, 1000), 100)
      assert.equal(await admitted('other', rule, 101), 100)
      await store().counters.reset('key')
      assert.equal(await admitted('key', rule, 50), 50)
      assert.equal(await admitted('key', rule, 100), 50)
    })

    test(`${algorithm}: a verdict says how many are left, and when more are`, async () => {
      const rule = { algorithm, limit: 2, windowMs: 10_000 }
      const resetMs = algorithm === 'token-bucket' ? 5000 : 10_000
      assert.deepEqual(await take('key', rule), { allowed: true, limit: 2, remaining: 1, resetMs, retryAfterMs: 0 })
      await advance(2)
      const second = await take('key', rule)
      assert.deepEqual(second, { allowed: true, limit: 2, remaining: 0, resetMs: resetMs - 2000, retryAfterMs: 0 })
      await advance(1)
      const wait = resetMs - 3000
      assert.deepEqual(await take('key', rule), { allowed: false, limit: 2, remaining: 0, resetMs: wait, retryAfterMs: wait })
      await advance((wait - 1) / 1000)
      assert.equal((await take('key', rule)).retryAfterMs, 1)
      await advance(0.001)
      assert.equal((await take('key', rule)).allowed, true)
    })

    test(`${algorithm}: what is refused is not counted, and what only looks neither`, async () => {
      const rule = { algorithm, limit: 3, windowMs: 10_000 }
      assert.deepEqual(await take('key', { ...rule, cost: 0 }), {
        allowed: true,
        limit: 3,
        remaining: 3,
        resetMs: 0,
        retryAfterMs: 0,
      })
      assert.equal((await take('key', { ...rule, cost: 2 })).remaining, 1)
      assert.equal((await take('key', { ...rule, cost: 2 })).allowed, false)
      assert.equal((await take('key', { ...rule, cost: 0 })).allowed, true)
      assert.equal((await take('key', rule)).remaining, 0)
      assert.equal((await take('key', { ...rule, cost: 0 })).allowed, false)
      await advance(10)
      assert.equal((await take('key', { ...rule, cost: 4 })).allowed, false)
      assert.equal((await take('key', { ...rule, cost: 4 })).retryAfterMs, 10_000)
      assert.equal((await take('key', { ...rule, cost: 3 })).allowed, true)
    })

    test(`${algorithm}: what was counted still counts when the limit becomes another`, async () => {
      const rule = { algorithm, limit: 5, windowMs: 10_000 }
      assert.equal(await admitted('key', rule, 4), 4)
      assert.equal((await take('key', { ...rule, limit: 3 })).allowed, false)
      assert.equal((await take('key', { ...rule, limit: 3 })).remaining, 0)
      assert.equal((await take('key', { ...rule, limit: 8 })).remaining, 3)
      assert.equal((await take('key', { ...rule, limit: 0 })).allowed, false)
    })

    test(`${algorithm}: a rule that is none is refused`, async () => {
      const rule = { algorithm, limit: 5, windowMs: 1000 }
      const wrong = [{ limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }, { windowMs: 0 }, { windowMs: 0.5 }, { cost: -1 }]
      for (const change of wrong) await assert.rejects(take('key', { ...rule, ...change }), { code: 'store_rule_invalid' })
      assert.equal((await take('key', rule)).remaining, 4)
    })
  }

  test('a sliding window lets in no more than its limit wherever it begins, a millisecond too early none at all', async () => {
    const rule = { algorithm: 'sliding-window', limit: 10, windowMs: 1000 } as const
    const admissions: number[] = []
    for (let now = 0; now < 3000; now += 30) {
      const offers = await Promise.all([take('key', rule), take('key', rule)])
      for (const { allowed } of offers) if (allowed) admissions.push(now)
      await advance(0.03)
    }
    for (const from of admissions) {
      const within = admissions.filter((at) => at >= from && at < from + 1000)
      assert.ok(within.length <= 10, `${within.length} in the second from ${from} ms on`)
    }
    assert.equal(admissions.length, 30)
  })

  test('a token bucket refills evenly, to no more than its limit', async () => {
    const rule = { algorithm: 'token-bucket', limit: 3, windowMs: 1000 } as const
    assert.equal(await admitted('key', rule, 5), 3)
    await advance(0.333)
    assert.equal(await admitted('key', rule, 1), 0)
    await advance(0.001)
    assert.equal(await admitted('key', rule, 2), 1)
    await advance(0.667)
    assert.equal(await admitted('key', rule, 5), 2)
    await advance(100)
    assert.equal(await admitted('key', rule, 5), 3)
  })

  test('a fixed window begins with a request, and the next one only with another', async () => {
    const rule = { algorithm: 'fixed-window', limit: 3, windowMs: 1000 } as const
    await advance(0.7)
    assert.equal(await admitted('key', rule, 5), 3)
    await advance(0.999)
    assert.equal(await admitted('key', rule, 5), 0)
    await advance(5)
    assert.equal(await admitted('key', rule, 5), 3)
    await advance(0.999)
    assert.equal(await admitted('key', rule, 5), 0)
  })

  test('counting by another algorithm begins anew', async () => {
    const rule = { limit: 2, windowMs: 10_000 }
    for (const algorithm of algorithms) assert.equal(await admitted('key', { algorithm, ...rule }, 4), 2, algorithm)
  })
}

/** How the quotas of every store count. */
export function testQuotas(store: () => Store, advance: StoreUnderTest['advance']): void {
  const spend = async (key: string, rule: QuotaRule) => store().counters.spend(key, rule)
  const peek = async (key: string) => store().counters.peekQuota(key)
  const admitted = async (key: string, rule: QuotaRule, offers: number) => {
    const verdicts = await Promise.all(Array.from({ length: offers }, () => spend(key, rule)))
    return verdicts.filter(({ allowed }) => allowed).length
  }

  /** A store whose clock is not the test's tells the end of a window by what is left of it. */
  const endsAt = (found: number | undefined, expected: number) => {
    assert.ok(found !== undefined && Math.abs(found - expected) < 10_000, `found ${found}, expected ${expected}`)
  }

  test('of requests made at once exactly the quota is let in, and a reset begins another', async () => {
    const rule = { max: 500, renewalMs: 600_000 }
    assert.equal(await peek('key'), undefined)
    assert.equal(await admitted('key', rule, 700), 500)
    assert.equal((await peek('key'))?.used, 500)
    assert.equal(await admitted('other', rule, 10), 10)
    await store().counters.resetQuota('key')
    assert.equal(await peek('key'), undefined)
    assert.equal((await peek('other'))?.used, 10)
    assert.equal((await spend('key', rule)).remaining, 499)
  })

  test("a quota's window begins with the first request and ends when it said, whatever is refused meanwhile", async () => {
    const rule = { max: 2, renewalMs: 600_000 }
    const { renewsAtMs } = await spend('key', rule)
    await advance(240)
    const second = await spend('key', rule)
    assert.deepEqual([second.allowed, second.remaining], [true, 0])
    endsAt(second.renewsAtMs, renewsAtMs)
    const third = await spend('key', rule)
    assert.deepEqual([third.allowed, third.remaining], [false, 0])
    endsAt(third.renewsAtMs, renewsAtMs)
    const state = await peek('key')
    assert.equal(state?.used, 2)
    endsAt(state?.renewsAtMs, renewsAtMs)
    await advance(300)
    assert.equal((await spend('key', rule)).allowed, false)
    await advance(60)
    assert.equal(await peek('key'), undefined)
    await advance(60)
    const next = await spend('key', rule)
    assert.deepEqual([next.allowed, next.remaining], [true, 1])
    endsAt(next.renewsAtMs, renewsAtMs + 660_000)
  })

  test('what is refused is not counted, what only looks neither, and a request may cost more', async () => {
    const rule = { max: 5, renewalMs: 600_000 }
    assert.equal((await spend('key', { ...rule, cost: 0 })).remaining, 5)
    assert.equal(await peek('key'), undefined)
    assert.equal((await spend('key', { ...rule, cost: 3 })).remaining, 2)
    assert.equal((await spend('key', { ...rule, cost: 3 })).allowed, false)
    assert.equal((await spend('key', { ...rule, cost: 2 })).remaining, 0)
    assert.equal((await spend('key', { ...rule, cost: 0 })).allowed, false)
  })

  test('a quota without renewal lasts, and a rule that changes counts on', async () => {
    const lasting = { max: 2, renewalMs: 0 }
    assert.deepEqual(await spend('key', lasting), { allowed: true, remaining: 1, renewsAtMs: 0 })
    await advance(100_000)
    assert.deepEqual(await spend('key', lasting), { allowed: true, remaining: 0, renewsAtMs: 0 })
    assert.deepEqual(await peek('key'), { used: 2, renewsAtMs: 0 })
    assert.equal((await spend('key', { max: 3, renewalMs: 600_000 })).remaining, 0)
    await advance(600)
    assert.equal(await peek('key'), undefined)
    assert.equal((await spend('key', { max: 3, renewalMs: 600_000 })).remaining, 2)
    assert.equal((await spend('key', lasting)).renewsAtMs, 0)
    await advance(600)
    assert.equal((await peek('key'))?.used, 2)
  })

  test('a window does not outlast one that would begin now', async () => {
    const { renewsAtMs } = await spend('key', { max: 5, renewalMs: 600_000 })
    endsAt((await spend('key', { max: 5, renewalMs: 60_000 })).renewsAtMs, renewsAtMs - 540_000)
  })

  test('a rate and a quota of the same key are counted apart', async () => {
    assert.equal(await admitted('key', { max: 3, renewalMs: 600_000 }, 3), 3)
    const { counters } = store()
    const rule = { algorithm: 'fixed-window', limit: 5, windowMs: 10_000 } as const
    assert.equal((await counters.take('key', rule)).remaining, 4)
    await counters.resetQuota('key')
    assert.equal((await counters.take('key', rule)).remaining, 3)
    await spend('key', { max: 3, renewalMs: 600_000 })
    await counters.reset('key')
    assert.equal((await peek('key'))?.used, 1)
  })

  test('a quota that is none is refused', async () => {
    for (const change of [{ max: -1 }, { max: 0.5 }, { renewalMs: -1 }, { renewalMs: Number.NaN }, { cost: 0.1 }]) {
      await assert.rejects(spend('key', { max: 1, renewalMs: 1000, ...change }), { code: 'store_rule_invalid' })
    }
    assert.equal(await peek('key'), undefined)
  })
}
