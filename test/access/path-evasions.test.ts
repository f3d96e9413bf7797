/**
 * Ways to write a path so that a list sees another one than the upstream. Each is sent as raw bytes through the front door;
 * what matters is that the upstream is not asked.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'
import { intoBlocked, outOfAllowed } from './ways.ts'

const FORBIDDEN = 403
const UNAUTHORIZED = 401
const MALFORMED = 400

const sections = (lists: object) => ({
  version_data: {
    not_versioned: true,
    versions: { Default: { name: 'Default', use_extended_paths: true, extended_paths: lists } },
  },
})

/** What looks as if it were of `^/open/` and `/health$`, which are open to everyone, and may lead elsewhere. */
const outOfIgnored: Record<string, string> = {
  'not at all': 'closed',
  'up again': 'open/../closed',
  'up with encoded dots': 'open/%2e%2e/closed',
  'up with an encoded slash': 'open/..%2fclosed',
  'up with everything encoded': 'open/%2e%2e%2fclosed',
  'up with a slash encoded twice': 'open/..%252fclosed',
  'up with a slash encoded three times': 'open/..%25252fclosed',
  'up with a parameter': 'open/..;/closed',
  'up with a parameter with a value': 'open/..;x=y/closed',
  'up with an encoded parameter': 'open/..%3b/closed',
  'up with a backslash': 'open/..\\closed',
  'up with an encoded backslash': 'open/..%5cclosed',
  'up behind two slashes': 'open//../closed',
  'up behind many slashes': 'open///../../closed',
  'up behind an empty parameter': 'open/;/../../closed',
  'up with a space': 'open/..%20/closed',
  'up with a slash in two bytes of UTF-8': 'open/..%c0%afclosed',
  'up with a full-width slash': 'open/..%ef%bc%8fclosed',
  'up with full-width dots': 'open/%ef%bc%8e%ef%bc%8e/closed',
  'up with a UTF-16 unit': 'open/..%u2215closed/..%u002fclosed',
  'up with a tab within': 'open/.%09./closed',
  'up with a space without width': 'open/.%e2%80%8b./closed',
  'in capitals': 'OPEN/x',
  'the rest of a C string': 'closed%00/health',
  'a query': 'closed?/health',
  'an encoded query': 'closed%3f/health',
  'a fragment': 'closed#/health',
  'an encoded fragment': 'closed%23/health',
  'behind a NUL encoded twice': 'closed%2500/health',
  'a slash that may be none': 'closed%2fhealth',
  'up, the other way round': 'health%2f..%2fclosed',
}

/** Checks every way of a table: an answer of the gateway's own, and nothing for the upstream. */
function refusesAll(ways: Record<string, string>, statuses: readonly number[], open: () => Promise<Stage>): void {
  let stage: Stage
  before(async () => {
    stage = await open()
  })
  after(() => stage[Symbol.asyncDispose]())
  for (const [title, path] of Object.entries(ways)) {
    test(`${title}: ${path.slice(0, 80)}`, async () => {
      stage.upstream.requests.length = 0
      const { status } = await exchange(stage.port, formatRequest(`GET /api/${path}`))
      assert.ok(statuses.includes(status), `found the status ${status}`)
      assert.deepEqual(stage.upstream.requests, [])
    })
  }
}

describe('a path that is blocked is reached by no other name', () => {
  const black_list = [{ path: '^/admin$' }, { path: '^/admin/users$' }]
  refusesAll(intoBlocked, [FORBIDDEN, MALFORMED], () => openStage({ definition: sections({ black_list }) }))
})

describe('a path that is blocked is reached by no other name with the listen path left on', () => {
  const black_list = [{ path: '^/api/admin$' }, { path: '^/api/admin/users$' }]
  refusesAll(intoBlocked, [FORBIDDEN, MALFORMED], () =>
    openStage({ definition: { ...sections({ black_list }), proxy: { strip_listen_path: false } } }),
  )
})

describe('a path that is for loops is reached by no other name', () => {
  const internal = [{ path: '^/admin$' }, { path: '^/admin/users$' }]
  refusesAll(intoBlocked, [FORBIDDEN, MALFORMED], () => openStage({ definition: sections({ internal }) }))
})

describe('a path that is not among the allowed ones is not reached through them', () => {
  const white_list = [{ path: '^/public/[^/]+$' }]
  refusesAll(outOfAllowed, [FORBIDDEN, MALFORMED], () => openStage({ definition: sections({ white_list }) }))
})

describe('a path that is not open to everyone is not reached through those that are', () => {
  const ignored = [{ path: '^/open/' }, { path: '/health$' }]
  const auth = {
    use_keyless: false,
    custom_plugin_auth_enabled: true,
    custom_middleware: { driver: 'jsplugin', auth_check: { name: 'Nobody', path: 'plugin.js' } },
  }
  const plugin = 'export const Nobody = () => {}\n'
  refusesAll(outOfIgnored, [UNAUTHORIZED, FORBIDDEN, MALFORMED], () =>
    openStage({ plugin, definition: { ...sections({ ignored }), ...auth } }),
  )
})

describe('a path of one version is not reached through another', () => {
  const versions = {
    v1: { name: 'v1' },
    v2: { name: 'v2', use_extended_paths: true, extended_paths: { black_list: [{ path: '/admin' }] } },
  }
  const ways = {
    'the version itself': 'v2/admin',
    'up again': 'v1/../v2/admin',
    'up with encoded dots': 'v1/%2e%2e/v2/admin',
    'up with an encoded slash': 'v1/..%2fv2/admin',
    'up with a slash encoded twice': 'v1/..%252fv2/admin',
    'up with a parameter': 'v1/..;/v2/admin',
    'up with a backslash': 'v1/..%5cv2/admin',
    'up behind two slashes': 'v1//../../v2/admin',
    'two slashes in front': '/v2/admin',
    'a dot segment in front': './v2/admin',
    'a parameter': 'v2;x/admin',
    'an encoded letter': '%762/admin',
    'an encoded slash': 'v2%2fadmin',
  }
  refusesAll(ways, [FORBIDDEN, MALFORMED], () =>
    openStage({ definition: { definition: { location: 'url' }, version_data: { versions } } }),
  )
})

describe('what only looks odd is let through, as it was sent', () => {
  const lists = { black_list: [{ path: '^/admin$' }], white_list: [{ path: '^/files/[^/]+$' }, { path: '^/tree/.*' }] }
  const paths = [
    'files/a',
    'files/a%20b',
    'files/caf%C3%A9',
    'files/100%25',
    'files/a;v=1',
    'files/a.b.',
    'files/a:b@c',
    'files/%7Eme',
    'files/a+b',
    'files/administration?next=/admin',
    'tree/a//b/',
    'tree/a%2Fb',
    'tree/x/../y',
    'tree/.hidden/..a',
  ]
  let stage: Stage
  before(async () => {
    stage = await openStage({ definition: sections(lists) })
  })
  after(() => stage[Symbol.asyncDispose]())
  for (const path of paths) {
    test(path, async () => {
      const { status } = await exchange(stage.port, formatRequest(`GET /api/${path}`))
      assert.equal(status, 200)
      assert.equal(stage.upstream.requests.at(-1)?.target, `/${path}`)
    })
  }
})
