import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { openConnection } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'
import { rsaPair, sign, startIssuer } from './issuer.ts'

const PLUGIN = `
  import { ctx, type Plugin } from 'postern/plugin'
  export const Agree: Plugin = (c) => {
    if (c.req.header('Word') !== 'sesame') return c.text('no', 403)
    ctx.setSession(c, { alias: 'of the word' }, 'word')
    return undefined
  }`

test('JWT, plugin and key together let in the same requests through reloads under load', async () => {
  const pair = rsaPair()
  await using issuer = await startIssuer([{ ...pair.jwk, kid: 'one' }])
  await using upstream = await startUpstream(({ request, answer }) =>
    answer(200, [], request.head.lines.filter((line) => /^(authorization|x-key):/i.test(line)).join()),
  )
  const api = definition(upstream.url, {
    use_keyless: false,
    enable_jwt: true,
    jwt_signing_method: 'rsa',
    jwt_source: issuer.url,
    jwt_default_policies: ['users'],
    use_standard_auth: true,
    custom_plugin_auth_enabled: true,
    auth_configs: { authToken: { auth_header_name: 'X-Key' } },
    strip_auth_data: true,
    custom_middleware: { driver: 'jsplugin', auth_check: { name: 'Agree', path: 'plugin.js' } },
  })
  await using gateway = await startGateway({
    definitions: { 'api.json': api },
    artifacts: { 'plugin.js': await compiledText(PLUGIN) },
    keys: { 'key-one': { org_id: 'default' } },
    files: {
      'users.json': JSON.stringify({
        users: { id: 'users', org_id: 'default', active: true, access_rights: { 'test-api': {} } },
      }),
    },
    config: { policies: { policy_record_name: 'users.json' } },
  })
  assert.deepEqual(gateway.report.failed, [])
  const token = await sign({ sub: 'ada' }, pair.privateKey, { alg: 'RS256', kid: 'one' })
  const forged = await sign({ sub: 'ada' }, rsaPair().privateKey, { alg: 'RS256', kid: 'one' })
  const requests: [lines: string[], status: number][] = [
    [[`Authorization: Bearer ${token}`, 'Word: sesame', 'X-Key: key-one'], 200],
    [[`Authorization: Bearer ${forged}`, 'Word: sesame', 'X-Key: key-one'], 403],
    [[`Authorization: Bearer ${token}`, 'Word: no', 'X-Key: key-one'], 403],
    [[`Authorization: Bearer ${token}`, 'Word: sesame', 'X-Key: key-two'], 403],
    [['Word: sesame', 'X-Key: key-one'], 400],
  ]
  let stopped = false
  let answered = 0
  const ask = async () => {
    using connection = await openConnection(gateway.port)
    for (let i = 0; !stopped; i += 1) {
      const [lines, expected] = requests[i % requests.length] as (typeof requests)[number]
      await connection.send(formatRequest('GET /api/', lines))
      const { status, text } = await connection.receive()
      assert.equal(status, expected, text)
      if (status === 200) assert.equal(text, '', 'the upstream sees no credential')
      answered += 1
    }
  }
  const asking = Promise.all([ask(), ask(), ask()])
  for (let reloads = 0; reloads < 10; reloads += 1) {
    const before = answered
    await gateway.reload()
    await Promise.race([asking, until('requests to be answered', () => answered > before + 5)])
  }
  stopped = true
  await asking
  assert.equal(issuer.requests, 1, 'keys are fetched once for all reloads')
})
