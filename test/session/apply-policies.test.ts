import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isFailure } from '../../src/errors.ts'
import type { Session } from '../../src/plugin/contract/session.ts'
import { applyPolicies } from '../../src/session/policy/apply-policies.ts'
import type { Policies, PolicyFields } from '../../src/session/policy/policy.ts'

function policies(all: Record<string, PolicyFields>): Policies {
  return new Map(Object.entries(all).map(([id, fields]) => [id, { id, fields }]))
}

/** What a session comes to that names all of the policies, in their order. */
function applied(all: Record<string, PolicyFields>, session: Session = {}): Session {
  const before = JSON.stringify(session)
  const result = applyPolicies({ apply_policies: Object.keys(all), ...session }, policies(all), '')
  assert.equal(JSON.stringify(session), before, 'the session is left alone')
  return result
}

const a = { a: {} }

test('a session without policies stays the same object', () => {
  const session = { rate: 1 }
  assert.equal(applyPolicies(session, new Map(), ''), session)
})

describe('limits', () => {
  const rows: [name: string, limits: PolicyFields[], expected: Session][] = [
    [
      'of one policy',
      [{ rate: 5, per: 10, quota_max: 3, quota_renewal_rate: 60 }],
      { rate: 5, per: 10, quota_max: 3, quota_renewal_rate: 60 },
    ],
    [
      'the faster rate, with its time',
      [
        { rate: 100, per: 100 },
        { rate: 2, per: 1 },
      ],
      { rate: 2, per: 1 },
    ],
    [
      'of rates as fast as each other the larger burst',
      [
        { rate: 1, per: 1 },
        { rate: 60, per: 60 },
      ],
      { rate: 60, per: 60 },
    ],
    [
      'no rate is more than any',
      [
        { rate: -1, per: -1 },
        { rate: 9, per: 1 },
      ],
      { rate: -1, per: -1 },
    ],
    [
      '0 says nothing',
      [
        { rate: 0, per: 0, quota_max: 0 },
        { rate: 9, per: 1 },
      ],
      { rate: 9, per: 1 },
    ],
    [
      'the larger quota, with its time',
      [
        { quota_max: 10, quota_renewal_rate: 5 },
        { quota_max: 20, quota_renewal_rate: 60 },
      ],
      { quota_max: 20, quota_renewal_rate: 60 },
    ],
    [
      'of equal quotas the one that is renewed sooner',
      [
        { quota_max: 5, quota_renewal_rate: -1 },
        { quota_max: 5, quota_renewal_rate: 60 },
      ],
      { quota_max: 5, quota_renewal_rate: 60 },
    ],
    ['no quota is more than any', [{ quota_max: 5, quota_renewal_rate: 1 }, { quota_max: -1 }], { quota_max: -1 }],
    [
      'more tries',
      [
        { throttle_interval: 1, throttle_retry_limit: 2 },
        { throttle_interval: 3, throttle_retry_limit: 4 },
      ],
      { throttle_interval: 3, throttle_retry_limit: 4 },
    ],
    ['the deeper query', [{ max_query_depth: 3 }, { max_query_depth: 7 }], { max_query_depth: 7 }],
  ]
  for (const [name, limits, expected] of rows) {
    test(name, () => {
      const all = Object.fromEntries(limits.map((fields, i) => [`p${i}`, { ...fields, access_rights: a }]))
      const {
        access_rights: rights,
        apply_policies: _,
        meta_data: __,
        ...rest
      } = applied(all, { rate: 1000, per: 1, quota_max: 1 })
      assert.deepEqual(rest, expected)
      assert.deepEqual(rights?.a, { versions: [], allowed_urls: [] }, 'which are those of the session as a whole')
    })
  }
})

describe('partitions', () => {
  const session: Session = {
    rate: 1,
    per: 1,
    quota_max: 1,
    quota_renewal_rate: 1,
    max_query_depth: 1,
    access_rights: { own: {} },
  }
  const all = { rate: 2, per: 2, quota_max: 2, quota_renewal_rate: 2, max_query_depth: 2, access_rights: a }
  const rows: [partition: string, changed: Session][] = [
    ['rate_limit', { rate: 2, per: 2 }],
    ['quota', { quota_max: 2, quota_renewal_rate: 2 }],
    ['complexity', { max_query_depth: 2 }],
    ['acl', { access_rights: { a: { versions: [], allowed_urls: [] } } }],
  ]
  for (const [partition, changed] of rows) {
    test(`${partition} is all that a policy governs that says so`, () => {
      const { apply_policies: _, meta_data: __, ...rest } = applied({ p: { ...all, partitions: { [partition]: true } } }, session)
      assert.deepEqual(rest, { ...session, ...changed })
    })
  }

  test('of one for each part the session has all', () => {
    const {
      apply_policies: _,
      meta_data: __,
      ...rest
    } = applied(
      {
        rates: { rate: 5, per: 1, partitions: { rate_limit: true } },
        quotas: { quota_max: 7, partitions: { quota: true } },
        rights: { access_rights: { x: {} }, rate: 99, per: 1, partitions: { acl: true } },
      },
      { rate: 1, per: 1 },
    )
    assert.deepEqual(rest, { rate: 5, per: 1, quota_max: 7, access_rights: { x: { versions: [], allowed_urls: [] } } })
  })

  test("a governed part of a key's own limit on an API is the policy's too", () => {
    const own = { access_rights: { x: { limit: { rate: 3, per: 1, quota_max: 3, quota_renewal_rate: 3 } } } }
    const { access_rights: rights } = applied({ q: { quota_max: 9, partitions: { quota: true } } }, own)
    assert.deepEqual(rights?.x?.limit, { rate: 3, per: 1, quota_max: 9, quota_renewal_rate: -1 })
  })
})

describe('limits of single APIs', () => {
  test('of policies for different APIs each has its own, and what is counted together', () => {
    const { rate, access_rights: rights } = applied({
      few: { rate: 1, per: 1, access_rights: { x: {}, y: {} } },
      many: { rate: 100, per: 1, access_rights: { y: {}, z: {} } },
    })
    assert.equal(rate, 100)
    assert.deepEqual(rights?.x, {
      versions: [],
      allowed_urls: [],
      limit: { rate: 1, per: 1, quota_max: -1, quota_renewal_rate: -1, max_query_depth: -1 },
      allowance_scope: 'few',
    })
    assert.equal(rights?.y?.limit, undefined)
    assert.equal(rights?.z?.limit, undefined)
  })

  test('no limit on one is no limit there, whatever the others have', () => {
    const { access_rights: rights } = applied({
      limited: { rate: 1, per: 1, access_rights: { x: {} } },
      free: { access_rights: { y: {} } },
    })
    assert.equal(rights?.y?.limit?.rate, -1)
  })

  test("an entry's own limit is for its API alone", () => {
    const { rate, access_rights: rights } = applied({
      p: { rate: 10, per: 1, access_rights: { x: { limit: { rate: 2, per: 1 } }, y: {} } },
    })
    assert.equal(rate, 10)
    assert.equal(rights?.x?.limit?.rate, 2)
    assert.equal(rights?.x?.allowance_scope, undefined, 'counted by the API')
    assert.equal(rights?.y?.limit, undefined)
  })

  test('per_api gives them to every API, and none to the session', () => {
    const {
      rate,
      quota_max: quota,
      access_rights: rights,
    } = applied(
      { p: { quota_max: 5, partitions: { per_api: true }, access_rights: { x: {}, y: { limit: { quota_max: 1 } } } } },
      { rate: 1, per: 1, quota_max: 1 },
    )
    assert.deepEqual([rate, quota], [undefined, undefined])
    assert.equal(rights?.x?.limit?.quota_max, 5)
    assert.equal(rights?.x?.allowance_scope, 'p')
    assert.equal(rights?.y?.limit?.quota_max, 1)
    assert.equal(rights?.y?.allowance_scope, undefined)
  })

  test('of several policies with per_api the most generous', () => {
    const partitions = { per_api: true }
    const { access_rights: rights } = applied({
      p: { quota_max: 5, partitions, access_rights: { x: {} } },
      q: { quota_max: 6, partitions, access_rights: { x: {} } },
    })
    assert.equal(rights?.x?.limit?.quota_max, 6)
    assert.equal(rights?.x?.allowance_scope, 'p,q')
  })

  test('endpoints have the most generous rate, of every policy that names them', () => {
    const endpoint = (path: string, rate: number) => ({ path, methods: [{ name: 'GET', limit: { rate, per: 1 } }] })
    const { access_rights: rights } = applied({
      p: { access_rights: { x: { endpoints: [endpoint('/a', 1), endpoint('/b', 5)] } } },
      q: { access_rights: { x: { endpoints: [endpoint('/a', 3)] } } },
    })
    assert.deepEqual(rights?.x?.endpoints, [endpoint('/a', 3), endpoint('/b', 5)])
  })
})

describe('access', () => {
  const urls = (url: string, ...methods: string[]) => [{ url, methods }]
  const rows: [name: string, entries: NonNullable<PolicyFields['access_rights']>[string][], expected: object][] = [
    ['versions of all', [{ versions: ['1'] }, { versions: ['2', '1'] }], { versions: ['1', '2'], allowed_urls: [] }],
    ['none named is any', [{ versions: ['1'] }, {}], { versions: [], allowed_urls: [] }],
    [
      'paths of all',
      [{ allowed_urls: urls('/a', 'GET') }, { allowed_urls: [...urls('/a', 'POST'), ...urls('/b', 'GET')] }],
      {
        versions: [],
        allowed_urls: [
          { url: '/a', methods: ['GET', 'POST'] },
          { url: '/b', methods: ['GET'] },
        ],
      },
    ],
    [
      'no path named is every path',
      [{ allowed_urls: urls('/a', 'GET') }, { allowed_urls: [] }],
      { versions: [], allowed_urls: [] },
    ],
    [
      'other fields are those of the first',
      [{ api_name: 'one' }, { api_name: 'two' }],
      { api_name: 'one', versions: [], allowed_urls: [] },
    ],
  ]
  for (const [name, entries, expected] of rows) {
    test(name, () => {
      const all = Object.fromEntries(entries.map((entry, i) => [`p${i}`, { access_rights: { x: entry } }]))
      assert.deepEqual(applied(all).access_rights, { x: expected })
    })
  }
})

test('tags are put together, free data is overwritten, and one policy is enough to turn a key off', () => {
  const {
    tags,
    meta_data: data,
    is_inactive: inactive,
    hmac_enabled: hmac,
  } = applied(
    {
      p: { access_rights: a, tags: ['p', 'both'], meta_data: { x: 'p', y: 'p' } },
      q: { access_rights: a, tags: ['both'], meta_data: { y: 'q' }, is_inactive: true, hmac_enabled: true },
    },
    { tags: ['own'], meta_data: { x: 'own', z: 'own' } },
  )
  assert.deepEqual(tags, ['own', 'p', 'both'])
  assert.deepEqual(data, { x: 'p', y: 'q', z: 'own' })
  assert.deepEqual([inactive, hmac], [true, true])
})

describe('what cannot be applied', () => {
  const all = policies({
    mine: { org_id: 'acme', access_rights: a },
    foreign: { org_id: 'other', access_rights: a },
    empty: { org_id: 'acme' },
    perApi: { org_id: 'acme', access_rights: a, partitions: { per_api: true } },
    mixed: { org_id: 'acme', access_rights: a, partitions: { per_api: true, quota: true } },
  })
  const rows: [ids: string[], code: string][] = [
    [['missing'], 'policy_unknown'],
    [['missing', 'gone'], 'policies_void'],
    [['empty'], 'policies_void'],
    [['foreign'], 'policy_foreign'],
    [['mine', 'foreign'], 'policy_foreign'],
    [['mixed'], 'policies_mixed'],
    [['mine', 'perApi'], 'policies_mixed'],
  ]
  for (const [ids, code] of rows) {
    test(`${ids.join(', ')}: ${code}`, () => {
      const session = { apply_policies: ids, access_rights: { own: {} } }
      assert.throws(
        () => applyPolicies(session, all, 'acme'),
        (error) => isFailure(error) && error.code === code,
      )
    })
  }

  test('is passed over where there are others', () => {
    assert.deepEqual(Object.keys(applyPolicies({ apply_policies: ['gone', 'mine'] }, all, 'acme').access_rights ?? {}), ['a'])
  })
})
