import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { openConnection, type RawResponse } from '../harness/raw-client.ts'
import { type Script, startUpstream } from '../harness/raw-upstream.ts'

const RELOADS = 20
const ORIGIN = 'https://app.example'

const answerTarget: Script = ({ request, answer }) => answer(200, [], request.target)

const plugin = `
import { ctx, headers, type Plugin } from 'postern/plugin'

export const Authenticate: Plugin = (c) => {
  if (c.req.header(headers.Authorization) === 'abc') ctx.setSession(c, { alias: 'doors' }, 'abc')
}

export const Mark: Plugin = (c) => {
  c.header('X-Alias', ctx.getSession(c)?.alias ?? 'none')
}
`

/** Versions, lists, addresses, CORS, a key and plugins in one API, whose upstream sees `/<number>/` in front. */
function everything(url: string, number: number): object {
  const lists = {
    black_list: [{ path: '^/admin$' }],
    ignored: [{ path: '^/open$' }],
    internal: [{ path: `^/only-${number}$` }],
  }
  return definition(url, {
    use_keyless: false,
    custom_plugin_auth_enabled: true,
    blacklisted_ips: [`192.0.2.${number}`],
    CORS: { enable: true, allowed_origins: [ORIGIN] },
    definition: { location: 'url', strip_versioning_data: true },
    version_data: {
      versions: {
        v1: { use_extended_paths: true, extended_paths: lists, override_target: `${url}/${number}/one` },
        v2: { expires: '2999-01-01 00:00' },
      },
    },
    custom_middleware: {
      driver: 'jsplugin',
      auth_check: { name: 'Authenticate', path: 'plugin.js' },
      post: [{ name: 'Mark', path: 'plugin.js' }],
    },
    proxy: { target_url: `${url}/${number}` },
  })
}

/** Requests, and what each is answered, whichever load serves it. */
const requests: { target: string; lines?: string[]; status: number; text?: RegExp; header?: [string, string] }[] = [
  { target: 'GET /api/v1/a', status: 200, text: /^\/\d+\/one\/a$/, header: ['X-Alias', 'doors'] },
  { target: 'GET /api/v2/admin', status: 200, text: /^\/\d+\/admin$/, header: ['X-Alias', 'doors'] },
  { target: 'GET /api/v1/a', lines: ['Authorization: no'], status: 401 },
  { target: 'GET /api/v1/admin', status: 403 },
  { target: 'GET /api/v1/%61dmin;x', status: 403 },
  { target: 'GET /api/v1/open', lines: ['Authorization: no'], status: 200, header: ['X-Alias', 'none'] },
  { target: 'GET /api/v3/a', status: 403 },
  { target: 'OPTIONS /api/v1/admin', lines: ['Access-Control-Request-Method: GET'], status: 204 },
]

test('versions, lists, CORS, a key and plugins hold while definitions are swapped', async () => {
  await using upstream = await startUpstream(answerTarget)
  await using gateway = await startGateway({
    definitions: { 'api.json': everything(upstream.url, 0) },
    artifacts: { 'plugin.js': await compiledText(plugin) },
  })
  let stopped = false
  const ask = async () => {
    using connection = await openConnection(gateway.port)
    for (let count = 0; !stopped || count < requests.length; count += 1) {
      const { target, lines = ['Authorization: abc'], ...expected } = requests[count % requests.length] as (typeof requests)[0]
      await connection.send(formatRequest(target, [`Origin: ${ORIGIN}`, ...lines]))
      check(await connection.receive(), target, expected)
    }
  }
  const asking = Promise.all([ask(), ask(), ask(), ask()])
  for (let number = 1; number <= RELOADS; number += 1) {
    await gateway.folder.writeDefinition('api.json', everything(upstream.url, number))
    assert.deepEqual((await gateway.reload()).failed, [])
  }
  stopped = true
  await asking
  assert.equal(
    upstream.requests.some(({ target }) => /^\/\d+\/one\/.*dmin/.test(target)),
    false,
  )
})

function check(
  { status, head, text }: RawResponse,
  target: string,
  expected: Pick<(typeof requests)[number], 'status' | 'text' | 'header'>,
): void {
  assert.equal(status, expected.status, `${target}: ${text}`)
  assert.equal(headerValue(head.lines, 'access-control-allow-origin'), ORIGIN, target)
  if (expected.text) assert.match(text, expected.text)
  if (expected.header) assert.equal(headerValue(head.lines, expected.header[0]), expected.header[1], target)
}
