/**
 * Ways to write a path so that a list sees another one than the upstream. Each is sent as raw bytes through the front door;
 * what matters is that the upstream is not asked.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage, type Stage } from '../harness/stage.ts'

const FORBIDDEN = 403
const UNAUTHORIZED = 401
const MALFORMED = 400

const sections = (lists: object) => ({
  version_data: {
    not_versioned: true,
    versions: { Default: { name: 'Default', use_extended_paths: true, extended_paths: lists } },
  },
})

/** Behind the listen path: what keeps out `^/admin$` and `^/admin/users$`, asked for as. */
const intoBlocked: Record<string, string> = {
  'as it is': 'admin',
  'a letter encoded': '%61dmin',
  'every letter encoded': '%61%64%6d%69%6e',
  'in capitals': 'ADMIN',
  'in capitals, encoded': '%41dmin',
  'a dot segment in front': './admin',
  'an encoded dot segment in front': '%2e/admin',
  'a dot segment behind': 'admin/.',
  'an encoded dot segment behind': 'admin/%2e',
  'up and down again': 'x/../admin',
  'up and down again, encoded': 'x/%2e%2e/admin',
  'up and down again, half encoded': 'x/.%2E/admin',
  'up with an encoded slash': 'x%2f..%2fadmin',
  'up with everything encoded': 'x%2f%2e%2e%2fadmin',
  'two slashes in front': '/admin',
  'many slashes in front': '///admin',
  'an encoded slash in front': '%2fadmin',
  'a slash behind': 'admin/',
  'slashes behind': 'admin//',
  'an encoded slash behind': 'admin%2f',
  'two slashes within': 'admin//users',
  'an encoded slash within': 'admin%2Fusers',
  'a slash that is none once another is merged away': 'x//../admin',
  'a slash that is encoded twice': 'admin%252fusers',
  'a letter encoded twice': '%2561dmin',
  'a letter encoded three times': '%252561dmin',
  'dots encoded twice': 'x/%252e%252e/admin',
  'a parameter': 'admin;x=1',
  'an empty parameter': 'admin;',
  'an encoded parameter': 'admin%3bx=1',
  'a parameter in front of a segment': ';x/admin',
  'a parameter of a segment within': 'admin;x/users',
  'a parameter with a slash': 'admin;/users',
  'a parameter that goes on in other segments': 'admin;/x/y',
  'up with a parameter': 'x/..;/admin',
  'up with a parameter with a value': 'x/..;a=b/admin',
  'up with encoded dots and a parameter': 'x/%2e%2e;/admin',
  'a backslash in front': '\\admin',
  'a backslash within': 'admin\\users',
  'an encoded backslash within': 'admin%5cusers',
  'up with backslashes': 'x\\..\\admin',
  'up with encoded backslashes': 'x%5c..%5cadmin',
  'up with a backslash encoded twice': 'x%255c..%255cadmin',
  'a dot behind': 'admin.',
  'dots behind': 'admin...',
  'an encoded dot behind': 'admin%2e',
  'a dot behind a segment within': 'admin./users',
  'an encoded space behind': 'admin%20',
  'a space and a dot behind': 'admin%20.',
  'a segment of a space behind': 'admin/%20',
  'up with a space': 'x/..%20/admin',
  'a NUL behind': 'admin%00',
  'a NUL and an extension behind': 'admin%00.png',
  'a NUL within': 'adm%00in',
  'a NUL encoded twice': 'admin%2500.png',
  'a line feed behind': 'admin%0a',
  'a tab within': 'ad%09min',
  'a carriage return and a line feed within': 'ad%0d%0amin',
  'a slash in two bytes of UTF-8': 'x/..%c0%afadmin',
  'a dot in two bytes of UTF-8': 'x/%c0%ae%c0%ae/admin',
  'a slash in three bytes of UTF-8': 'admin%e0%80%afusers',
  'a slash in four bytes of UTF-8': 'admin%f0%80%80%afusers',
  'a letter in two bytes of UTF-8': '%c1%a1dmin',
  'a backslash behind C1': 'admin%c1%1cusers',
  'UTF-8 that is none': 'admin%ff',
  'a full-width slash': 'admin%ef%bc%8fusers',
  'full-width dots': 'x/%ef%bc%8e%ef%bc%8e/admin',
  'full-width letters': '%ef%bd%81dmin',
  'a letter that only looks different': 'admin%2Fu%C5%BFers',
  'a space without width': 'ad%e2%80%8bmin',
  'a soft hyphen': 'ad%c2%admin',
  'a UTF-16 unit': '%u0061dmin',
  'a slash as a UTF-16 unit': 'admin%u002fusers',
  'an encoded question mark behind': 'admin%3f',
  'an encoded fragment behind': 'admin%23x',
  'a fragment behind': 'admin#x',
  'a stream of NTFS': 'admin::$DATA',
  'an index of NTFS': 'admin:$i30:$INDEX_ALLOCATION',
  'a query behind': 'admin?x',
  'an empty query behind': 'admin?',
  'a parameter with encoded slashes': 'admin;x=%2f..%2fy',
  'a parameter with slashes encoded twice': 'admin%3bx=%252f..%252fy',
  'longer than can be read': `admin;${'x'.repeat(5000)}`,
  'several at once': '%2f%2e%2fADMIN;x=%2f..%2f//%75sers/%20',
}

/** What looks as if it were of `^/public/[^/]+$`, which is all that is let in, and may lead elsewhere. */
const outOfAllowed: Record<string, string> = {
  'up with an encoded slash': 'public/..%2fadmin',
  'up with encoded dots and slash': 'public/%2e%2e%2fadmin',
  'a further segment behind an encoded slash': 'public/x%2fadmin',
  'a further segment behind a slash encoded twice': 'public/x%252fadmin',
  'up with a backslash': 'public/..\\admin',
  'up with an encoded backslash': 'public/..%5cadmin',
  'up with a backslash encoded twice': 'public/..%255cadmin',
  'up with a parameter': 'public/..;',
  'up with a parameter with a value': 'public/..;x=1',
  'up with a space': 'public/..%20',
  'up with a NUL': 'public/..%00',
  'up with a NUL and more': 'public/..%00x',
  'up with a slash in two bytes of UTF-8': 'public/..%c0%afadmin',
  'up with dots in two bytes of UTF-8': 'public/%c0%ae%c0%ae%c0%afadmin',
  'up with a full-width slash': 'public/..%ef%bc%8fadmin',
  'up with full-width dots': 'public/%ef%bc%8e%ef%bc%8e',
  'up with UTF-16 units': 'public/%u002e%u002e%u002fadmin',
  'up with an encoded question mark': 'public/..%3fx',
  'up with an encoded fragment': 'public/..%23x',
  'up with a fragment': 'public/..#x',
  'up with a tab within': 'public/.%09.',
  'out of the API': 'public/x%2f..%2f..%2f..%2fadmin',
  'encoded too often to tell': `public/%${'25'.repeat(10)}2fx`,
  'nothing behind a NUL': 'public/%00',
  'a parameter in place of the segment': 'public/;x',
  'in capitals': 'PUBLIC/x',
  'a slash behind': 'public/x/',
}

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
