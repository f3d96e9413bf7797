import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { foreignKeys } from '../../src/control/config/foreign-keys.ts'
import { configKeys } from '../../src/control/config/keys.ts'
import { loadConfig } from '../../src/control/config/load.ts'
import type { Config } from '../../src/control/config/schema.ts'
import type { PosternError } from '../../src/errors.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { captureLog } from '../harness/captured-log.ts'
import { definition } from '../harness/definition.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'
import { makeFolder } from './temporary-folder.ts'

const text = await readFile(join(import.meta.dirname, 'fixtures/tyk.conf'), 'utf8')

async function load(content: object, env: NodeJS.ProcessEnv = {}): Promise<Config> {
  await using folder = await makeFolder()
  return await loadConfig({ file: await folder.write('tyk.conf', content), env })
}

async function problemsOf(content: object, env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const outcome = await load(content, env).catch((error: PosternError) => error.problems)
  if ('listen_port' in outcome) assert.fail('the configuration was accepted')
  return outcome
}

describe('a tyk.conf', () => {
  test('is read: what Postern has counts, and what it has not and is turned on is said', async () => {
    const { warnings, ...config } = await load(JSON.parse(text))
    assert.partialDeepStrictEqual(config, {
      secret: 'a secret of the old gateway',
      storage: { type: 'redis', host: 'localhost', port: 6379, timeout: 5 },
      http_server_options: { enable_http2: true, read_timeout: 60, max_request_body_size: 10_485_760 },
      hash_keys: true,
      hash_key_function: 'murmur128',
      uptime_tests: { config: { time_wait: 300 } },
      bundle_base_url: 'http://bundles.internal/',
      enable_custom_domains: true,
      secrets: { token: 'of tyk.conf' },
    })
    const said = warnings.map((warning) => /^([\w.]+): a key of Tyk's that Postern does not have, ignored; ./.exec(warning)?.[1])
    const active = ['use_syslog', 'enable_jsvm', 'cache_storage', 'max_idle_connections_per_host']
    assert.deepEqual(said.filter((name) => name !== undefined && foreignKeys[name]).sort(), active.sort())
  })

  test('serves', async () => {
    await using upstream = await startUpstream()
    await using folder = await makeFolder({ 'apps/api.json': definition(upstream.url), 'policies.json': {} })
    const file = await folder.write('tyk.conf', { ...JSON.parse(text), storage: { type: 'memory' } })
    const log = captureLog()
    const gateway = await openGateway({
      config: await loadConfig({ file, env: {} }),
      log: await openLog({ level: 'info', format: 'json', destination: log.destination }),
    })
    try {
      assert.equal((await exchange(gateway.port, formatRequest('GET /api/'))).status, 200)
    } finally {
      await gateway.close()
    }
  })

  for (const [content, problem] of [
    [
      { security: { control_api_use_mutual_tls: true } },
      /^security\.control_api_use_mutual_tls: .*and that protects; the admin API/,
    ],
    [
      { security: { pinned_public_keys: { 'a.example': 'x' } } },
      /^security\.pinned_public_keys: .*"pinned_public_keys", then remove it$/,
    ],
    [{ security: { certificates: { apis: ['id'] } } }, /^security\.certificates: .*and that protects/],
    [{ enforce_org_quotas: true }, /^enforce_org_quotas: .*and that protects/],
    [{ force_global_session_lifetime: true, global_session_lifetime: 60 }, /^force_global_session_lifetime: .*and that protects/],
    [{ policies: { policy_source: 'service' } }, /^policies\.policy_source: expected one of "file", "", found "service"$/],
  ] as const) {
    test(`is refused where ignoring would let in: ${JSON.stringify(content)}`, async () => {
      const problems = await problemsOf(content)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', problem)
    })
  }

  test('has an unknown key among known ones told apart', async () => {
    assert.deepEqual(await problemsOf({ hide_generator_header: true, listen_prot: 1 }), [
      'listen_prot: unknown key; did you mean "listen_port"?',
    ])
    const { warnings } = await load({ security: { certificates: { upstream: { '*': 'id' } }, quite_new: true } })
    assert.deepEqual(warnings, [
      `security.certificates.upstream: a key of Tyk's that Postern does not have, ignored; name client certificates in each definition, "upstream_certificates"`,
      "security.quite_new: unknown key among those of Tyk's; ignored",
    ])
  })

  test('that says where Redis is, and not that it is Redis, is told that the store is another', async () => {
    const { warnings } = await load({ storage: { host: 'redis.internal' } })
    assert.match(warnings.join(), /^storage: what is said of Redis has no effect, .*add "type": "redis"$/)
    assert.deepEqual((await load({ storage: { type: 'sqlite', host: 'redis.internal' } })).warnings, [])
  })

  test('has no key in two places: what the schema has is not foreign', () => {
    const known = new Set(configKeys.flatMap(({ path }) => path.map((_, i) => path.slice(0, i + 1).join('.'))))
    assert.deepEqual(
      Object.keys(foreignKeys).filter((name) => known.has(name)),
      [],
    )
  })
})

describe("a variable of Tyk's", () => {
  test('is not read, and the variable to set in its place is named', async () => {
    assert.deepEqual(
      await problemsOf({}, { TYK_GW_LISTENPORT: '8080', TYK_GW_HTTPSERVEROPTIONS_USESSL: 'true', TYK_GW_STORAGE_HOST: 'redis' }),
      [
        "TYK_GW_LISTENPORT: variables of Tyk's are not read; set POSTERN_LISTEN_PORT in its place",
        "TYK_GW_HTTPSERVEROPTIONS_USESSL: variables of Tyk's are not read; set POSTERN_HTTP_SERVER_OPTIONS_USE_SSL in its place",
        "TYK_GW_STORAGE_HOST: variables of Tyk's are not read; set POSTERN_STORAGE_HOST in its place",
      ],
    )
  })

  test('of a key that Postern does not have is judged as the key is', async () => {
    const { warnings } = await load(
      {},
      { TYK_GW_HTTPPROFILE: 'true', TYK_GW_CLOSECONNECTIONS: 'false', TYK_GW_QUITENEW: '1', TYK_GW_PORT: 'tcp://10.0.0.1:8080' },
    )
    assert.deepEqual(warnings, [
      "TYK_GW_HTTPPROFILE: a key of Tyk's that Postern does not have, ignored; run: node --cpu-prof",
      "TYK_GW_QUITENEW: variables of Tyk's are not read, and Postern has none like it; unset it",
    ])
    assert.match(
      (await problemsOf({}, { TYK_GW_ENFORCEORGQUOTAS: 'true' })).join(),
      /^TYK_GW_ENFORCEORGQUOTAS: .*and that protects/,
    )
  })
})
