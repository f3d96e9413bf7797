/**
 * Ways to write a path so that a limit sees another one than the upstream: limits of paths hold for whatever an upstream may
 * take a path for, and those that allow more only where it can be nothing else.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { intoBlocked, outOfAllowed } from './ways.ts'

const MALFORMED = 400
const FORBIDDEN = 403
const TOO_LARGE = 400
const TOO_MANY = 429
const NOT_VALID = [400, 422]

const sections = (extended_paths: object, more: object = {}) => ({
  version_data: {
    not_versioned: true,
    versions: { Default: { name: 'Default', use_extended_paths: true, extended_paths, ...more } },
  },
})
const both = (entry: object) => ['^/admin$', '^/admin/users$'].map((path) => ({ path, ...entry }))
const OFTEN = { rate: 1, per: 3600 }

interface Evasions {
  readonly ways: Record<string, string>
  readonly statuses: readonly number[]
  /** What the upstream is not to see. */
  readonly request: (path: string) => Buffer
  /** What is used up beforehand. */
  readonly first?: readonly string[]
}

const get = (path: string) => formatRequest(`GET /api/${path}`)
const post = (path: string) => formatRequest(`POST /api/${path}`, [], '0123456789')

/** Checks every way of a table: an answer of the gateway's own, and nothing for the upstream. */
function refusesAll({ ways, statuses, request, first = [] }: Evasions, options: StageOptions): void {
  let stage: Stage
  before(async () => {
    stage = await openStage(options)
    for (const path of first) assert.equal((await exchange(stage.port, get(path))).status, 200)
  })
  after(() => stage[Symbol.asyncDispose]())
  for (const [title, path] of Object.entries(ways)) {
    test(`${title}: ${path.slice(0, 80)}`, async () => {
      stage.upstream.requests.length = 0
      const { status, text } = await exchange(stage.port, request(path))
      assert.ok([...statuses, FORBIDDEN, MALFORMED].includes(status), `found the status ${status}: ${text}`)
      assert.deepEqual(stage.upstream.requests, [])
    })
  }
}

describe('a size limit is stepped around by no other name of its path', () => {
  const size_limits = both({ method: 'POST', size_limit: 3 })
  refusesAll({ ways: intoBlocked, statuses: [TOO_LARGE], request: post }, { definition: sections({ size_limits }) })
})

describe('a larger size is for nothing but what its path is', () => {
  const size_limits = [{ path: '^/public/[^/]+$', method: 'POST', size_limit: 100 }]
  refusesAll(
    { ways: outOfAllowed, statuses: [TOO_LARGE], request: post },
    { definition: sections({ size_limits }, { global_size_limit: 3 }) },
  )
})

describe('the rate of a path is stepped around by no other name of it', () => {
  refusesAll(
    { ways: intoBlocked, statuses: [TOO_MANY], request: get, first: ['admin', 'admin/users'] },
    { definition: sections({ rate_limit: both({ method: 'GET', ...OFTEN }) }) },
  )
})

describe('a path without a rate is no way around the rate of the API', () => {
  const rate_limit = [{ path: '^/public/[^/]+$', method: 'GET', rate: 0, per: 0 }]
  refusesAll(
    { ways: outOfAllowed, statuses: [TOO_MANY], request: get, first: ['public/x', 'used-up', 'public/x'] },
    { definition: { ...sections({ rate_limit }), global_rate_limit: OFTEN } },
  )
})

const plugin = `
  import { ctx, type Plugin } from 'postern/plugin'
  const methods = [{ name: 'GET', limit: ${JSON.stringify(OFTEN)} }]
  const endpoints = ['^/admin$', '^/admin/users$'].map((path) => ({ path, methods }))
  export const Authenticate: Plugin = (c) => {
    ctx.setSession(c, { access_rights: { 'test-api': { api_id: 'test-api', versions: [], endpoints } } }, 'key-one')
  }
`

describe("the rate of a key's endpoint is stepped around by no other name of it", () => {
  refusesAll(
    { ways: intoBlocked, statuses: [TOO_MANY], request: get, first: ['admin', 'admin/users'] },
    {
      plugin,
      definition: {
        use_keyless: false,
        custom_plugin_auth_enabled: true,
        custom_middleware: { driver: 'jsplugin', auth_check: { name: 'Authenticate', path: 'plugin.js' } },
      },
    },
  )
})

describe('a schema is stepped around by no other name of its path', () => {
  const validate_json = both({ method: 'POST', schema: { type: 'object' } })
  refusesAll({ ways: intoBlocked, statuses: NOT_VALID, request: post }, { definition: sections({ validate_json }) })
})

describe('a path that can be one thing only has the limit that is meant for it', () => {
  const size_limits = [
    { path: '^/large/[^/]+$', method: 'POST', size_limit: 100 },
    { path: '^/small$', method: 'POST', size_limit: 3 },
  ]
  let stage: Stage
  before(async () => {
    stage = await openStage({ definition: sections({ size_limits }, { global_size_limit: 5 }) })
  })
  after(() => stage[Symbol.asyncDispose]())
  for (const [path, status] of Object.entries({
    'large/x': 200,
    'large/a%20b': 200,
    'large/a;v=1': 200,
    small: 400,
    other: 400,
  })) {
    test(`${path} is ${status}`, async () => assert.equal((await exchange(stage.port, post(path))).status, status))
  }
})
