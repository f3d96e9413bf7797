import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { type AdminStage, openAdmin } from './admin-stage.ts'

const root = join(import.meta.dirname, '../..')

let stage: AdminStage

before(async () => {
  const secrets = { password: 'hidden-password' }
  const config = {
    enable_config_inspection: true,
    secrets: { upstream: 'hidden-value' },
    storage: { type: 'memory', ...secrets },
    bundle_base_url: 'https://user:hidden-url@example.com/',
    hash_key_secret: 'hidden-hmac',
  }
  stage = await openAdmin({ config })
})
after(() => stage?.[Symbol.asyncDispose]())

/** The schema of a kind, ready to be asked. */
async function schemaOf(kind: string): Promise<ValidateFunction> {
  const { json } = await stage.call(`GET /tyk/schema?kind=${kind}`)
  assert.equal(json.schema.$schema, 'https://json-schema.org/draft/2020-12/schema')
  return new Ajv2020({ strict: false, allErrors: true, logger: false }).compile(json.schema)
}

const read = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((file) => [file, JSON.parse(readFileSync(join(root, file), 'utf8'))] as const)

describe('the schemas', () => {
  test('fit every definition of the examples', async () => {
    const fits = await schemaOf('definition')
    const definitions = [...read('examples/*/api.json'), ...read('examples/*/apis/*.json')]
    assert.ok(definitions.length > 5)
    for (const [file, definition] of definitions) assert.ok(fits(definition), `${file}: ${JSON.stringify(fits.errors)}`)
  })

  test('tell what is wrong with one, at the top, in its proxy, in its hooks and in its path rules', async () => {
    const fits = await schemaOf('definition')
    const definition = {
      name: 'One',
      api_id: 'one',
      use_keyless: 'yes',
      proxy: { listen_path: '/one/', target_url: 'http://one', strip_listen_path: 1, retries: { attempts: 'many' } },
      cache_options: { enable_cache: 'yes' },
      custom_middleware: { pre: [{ name: 3, path: 'plugin.js' }] },
      version_data: { versions: { Default: { extended_paths: { cache: [3], js_plugin: [{ path: 1 }] } } } },
    }
    assert.equal(fits(definition), false)
    const places = new Set(fits.errors?.map(({ instancePath }) => instancePath))
    for (const place of [
      '/use_keyless',
      '/proxy/strip_listen_path',
      '/proxy/retries/attempts',
      '/cache_options/enable_cache',
      '/custom_middleware/pre/0/name',
      '/version_data/versions/Default/extended_paths/cache/0',
      '/version_data/versions/Default/extended_paths/js_plugin/0/path',
    ]) {
      assert.ok(places.has(place), `${place} is among ${[...places].join(', ')}`)
    }
  })

  test('fit the configuration that is shown, keys and policies', async () => {
    const config = await schemaOf('config')
    // Texts that are hidden are no object any more.
    const { secrets: _, ...shown } = (await stage.call('GET /tyk/config')).json
    assert.ok(config(shown), JSON.stringify(config.errors))
    assert.equal(config({ listen_port: 'many' }), false)
    const key = await schemaOf('key')
    assert.ok(key({ rate: 3, access_rights: {} }))
    assert.equal(key({ rate: 'many' }), false)
    const policy = await schemaOf('policy')
    assert.ok(policy({ id: 'gold', rate: 3 }))
    assert.equal(policy({ rate: 'many' }), false)
  })

  test('are of what there is', async () => {
    const { status, json } = await stage.call('GET /tyk/schema?kind=oas')
    const problem = 'kind: expected one of definition, config, policy, key, found "oas"'
    assert.deepEqual([status, json.problems], [400, [problem]])
    assert.ok((await stage.call('GET /tyk/schema')).json.schema.properties.api_id)
  })
})

test('the configuration is shown without what is secret, where that is wanted', async () => {
  const { json } = await stage.call('GET /tyk/config')
  assert.equal(json.secret, '[hidden]')
  assert.equal(json.enable_config_inspection, true)
  assert.equal(json.storage.type, 'memory')
  assert.doesNotMatch(JSON.stringify(json), /hidden-|test-secret/)
  await using closed = await openAdmin()
  const { status, json: refused } = await closed.call('GET /tyk/config')
  assert.deepEqual(
    [status, refused.message],
    [404, 'The configuration is not shown; set enable_config_inspection in gateway.conf'],
  )
  stage.alsoSeen(closed)
})

test('every answer that the document has for them was seen', async () => {
  await stage.refuseStrangers('/tyk/schema', '/tyk/config')
  assert.deepEqual(stage.unseen('/tyk/schema', '/tyk/config'), [])
})
