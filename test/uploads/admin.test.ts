import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import { signArtifact } from '../../src/plugin/signing/sign-artifact.ts'
import type { Store } from '../../src/store/store.ts'
import { type AdminStage, openAdmin } from '../admin/admin-stage.ts'
import { definition } from '../harness/definition.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { makeKeyPair } from '../signing/key-pair.ts'

/** An artifact whose plugin answers with a text. */
const saying = (text: string, options?: Parameters<typeof makeArtifact>[1]) =>
  makeArtifact(`exports.Answer = (c) => c.text('${text}')\n`, options)

const using = (path: string, more: Record<string, unknown> = {}) =>
  definition('http://127.0.0.1:1/', { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Answer', path, ...more }] } })

let stage: AdminStage
/** What of the store is out of reach. */
let [tableFails, publishFails] = [false, false]
const away = () => Promise.reject(failure('store_away', { where: 'the test', reason: 'it is away' }))

function withFailures(store: Store): Store {
  return {
    ...store,
    notices: { ...store.notices, publish: (notice) => (publishFails ? away() : store.notices.publish(notice)) },
    kv(namespace) {
      const kv = store.kv(namespace)
      return { ...kv, increment: (...args) => (tableFails ? away() : kv.increment(...args)) }
    },
  }
}

before(async () => {
  const config = { plugin_upload_max_size: 100_000 }
  stage = await openAdmin({ definitions: { 'api.json': using('upload://greet.js') }, config }, withFailures)
})
after(() => stage?.[Symbol.asyncDispose]())

async function answer(path = '/api/'): Promise<string> {
  const response = await fetch(`${stage.gateway.url}${path}`)
  return `${response.status} ${await response.text()}`
}

const put = (name: string, body: string) => stage.call(`PUT /tyk/plugins/${name}`, { body })
const uploads = async () => (await stage.call('GET /tyk/plugins')).json.uploads
const kept = async () => (await readdir(join(stage.folder.path, 'data/plugins'))).sort()

describe('an artifact that is uploaded', () => {
  test('is missed where it is named before it is there, with the command that uploads it', async () => {
    assert.match(await answer(), /^500 /)
    const [plugin] = (await stage.call('GET /tyk/plugins')).json.plugins
    assert.deepEqual([plugin.path, plugin.state], ['upload://greet.js', 'failed'])
    assert.match(plugin.problem.reason, /nothing was uploaded under that name for gateway v.*\/tyk\/plugins\/greet\.js$/)
  })

  test('serves at once where definitions name it, and the answer says what it is and who uses it', async () => {
    const { status, json } = await put('greet.js', saying('one'))
    assert.equal(status, 200)
    assert.deepEqual([json.key, json.action, json.active], ['greet.js', 'added', true])
    assert.deepEqual([json.stamp.name, json.upload.plugin], ['sample', { name: 'sample', version: '1.0.0' }])
    assert.deepEqual(
      json.used_by.map(({ api_id, field }: Record<string, string>) => [api_id, field]),
      [['test-api', 'custom_middleware.pre[0]']],
    )
    assert.equal(await answer(), '200 one')
    assert.deepEqual(await kept(), [`${json.upload.sha256}.js`, 'uploads.json'])
    assert.deepEqual(await uploads(), [json.upload])
  })

  test('takes the place of the one before it', async () => {
    assert.equal((await put('greet.js', saying('two'))).json.action, 'modified')
    assert.equal(await answer(), '200 two')
    assert.equal((await put('greet.js', saying('two'))).json.active, true)
    assert.equal((await uploads()).length, 1)
  })

  test('is not active as long as nobody uses it, and is not run before', async () => {
    const { json } = await put('other.js', makeArtifact("throw new Error('run')\n"))
    assert.deepEqual([json.active, json.used_by], [false, []])
  })

  const refusals: readonly [what: string, artifact: () => string, reason: RegExp][] = [
    ['is empty', () => '', /the file is empty/],
    ['is no artifact', () => 'console.log(1)\n', /its first line is no stamp/],
    [
      'is for another version',
      () => saying('x', { stamp: { gateway: '1.0.0' } }),
      /built for gateway v1\.0\.0.*, but this gateway is/,
    ],
    ['is for another build', () => saying('x', { stamp: { build: 'abc' } }), /built for gateway v\S+ \(build abc\)/],
    ['is for another contract', () => saying('x', { stamp: { contract: 'f'.repeat(64) } }), /against the contract ffffffffffff/],
    ['has another format', () => saying('x').replace('"format":1', '"format":9'), /has the format 9/],
    ['was changed', () => saying('x').replace("c.text('x')", "c.text('y')"), /does not have the digest in its stamp/],
    ['was cut short', () => saying('x').slice(0, -5), /does not have the digest in its stamp/],
    ['throws when it is loaded', () => makeArtifact("throw new Error('no database')\n"), /failed .*: no database/],
    ['lacks a function that is used', () => makeArtifact('exports.Other = () => {}\n'), /exports "Other"|"Other"/],
  ]
  for (const [what, artifact, reason] of refusals) {
    test(`is refused with the reason where it ${what}, and nothing is changed`, async () => {
      const before = [await uploads(), await kept(), await answer()]
      const { status, json } = await put('greet.js', artifact())
      assert.equal(status, 400, JSON.stringify(json))
      assert.match(json.message, /^The artifact is refused, and nothing is changed\. /)
      assert.match(json.message, reason)
      assert.equal(json.message.split('\n').length, 1)
      assert.deepEqual([await uploads(), await kept(), await answer()], before)
      const [plugin] = (await stage.call('GET /tyk/plugins')).json.plugins
      assert.deepEqual([plugin.state, plugin.problem], ['serving', undefined])
    })
  }

  test('is refused where a definition configures it in a way that it does not take', async () => {
    await stage.folder.writeDefinition('strict.json', {
      ...using('upload://strict.js', { config: { greeting: 3 } }),
      api_id: 'strict',
      proxy: { listen_path: '/strict/', target_url: 'http://127.0.0.1:1/' },
    })
    const takes = (type: string) =>
      makeArtifact(`
        const { definePlugin } = require('postern/plugin')
        const validate = ({ greeting }) => typeof greeting === '${type}' ? { value: { greeting } } : { issues: [{ message: 'expected a ${type}', path: ['greeting'] }] }
        exports.Answer = definePlugin({ config: { '~standard': { version: 1, vendor: 'test', validate } }, handler: (c) => c.text('greeted ' + c.var.config.greeting) })
      `)
    await stage.gateway.reload()
    assert.equal((await put('strict.js', takes('number'))).status, 200)
    assert.equal(await answer('/strict/'), '200 greeted 3')
    const { status, json } = await put('strict.js', takes('string'))
    assert.deepEqual([status, /pre\[0\]\.config\.greeting: expected a string/.test(json.message)], [400, true], json.message)
    assert.equal(await answer('/strict/'), '200 greeted 3')
    await rm(join(stage.folder.path, 'apps/strict.json'))
    await stage.gateway.reload()
  })

  test('is refused where it is too large, before all of it is read', async () => {
    const { status, json } = await put('greet.js', saying('x', { sourceMap: 'm'.repeat(200_000) }))
    assert.equal(status, 413)
    assert.match(json.message, /larger than plugin_upload_max_size \(100000 bytes\)/)
  })

  for (const name of [
    'greet',
    '.hidden.js',
    '-x.js',
    'a%2Fb.js',
    '..%2F..%2Fgreet.js',
    'a%5Cb.js',
    `${'n'.repeat(120)}.js`,
    'greet.so',
  ]) {
    test(`needs a name that is fit, and "${name.slice(0, 20)}" is not`, async () => {
      const { status, json } = await put(name, saying('x'))
      assert.equal(status, 400)
      assert.match(json.message, /^Upload a plugin failed: found the name ".*", expected letters, digits/)
    })
  }

  test('is not changed by a gateway that cannot reach the store', async () => {
    tableFails = true
    const { status, json } = await put('greet.js', saying('never'))
    tableFails = false
    assert.deepEqual([status, json.message], [503, 'Service temporarily unavailable'])
    await stage.gateway.reload()
    assert.equal(await answer(), '200 two')
  })

  test('serves here although the others could not be told, and the answer says so', async () => {
    publishFails = true
    const { status, json } = await put('greet.js', saying('three'))
    const deleted = await stage.call('DELETE /tyk/plugins/other.js')
    publishFails = false
    assert.deepEqual([status, deleted.status], [503, 503])
    assert.match(json.message, /"greet\.js" is changed, but the other gateways could not be told/)
    assert.equal(await answer(), '200 three')
    assert.equal((await uploads()).length, 2, 'greet.js and strict.js')
  })

  test('is not deleted while an API uses it', async () => {
    const { status, json } = await stage.call('DELETE /tyk/plugins/greet.js')
    assert.equal(status, 409)
    assert.match(json.message, /it is used by "test-api"/)
    assert.deepEqual(
      await stage.call('DELETE /tyk/plugins/none.js').then(({ json }) => json.message),
      'No plugin was uploaded as "none.js"; GET /tyk/plugins lists them',
    )
    assert.deepEqual((await stage.call('DELETE /tyk/plugins/strict.js')).json, {
      key: 'strict.js',
      status: 'ok',
      action: 'deleted',
    })
    assert.deepEqual(
      (await uploads()).map(({ name }: { name: string }) => name),
      ['greet.js'],
    )
  })

  test('is not taken while its folder cannot be written', async () => {
    await rm(join(stage.folder.path, 'data/plugins'), { recursive: true })
    await writeFile(join(stage.folder.path, 'data/plugins'), '')
    const { status, json } = await put('greet.js', saying('unkept'))
    assert.deepEqual([status, json.message], [500, 'The uploaded plugin could not be written to data_path; the log says why'])
    await stage.log.waitFor('"code":"upload_not_kept"')
    await rm(join(stage.folder.path, 'data/plugins'))
    assert.equal((await stage.call('DELETE /tyk/plugins/greet.js')).status, 409)
    await stage.folder.writeDefinition('api.json', using('elsewhere.js'))
    await stage.gateway.reload()
    assert.equal((await stage.call('DELETE /tyk/plugins/greet.js')).status, 200)
  })

  test('of 500 names is one too many', async () => {
    const table = Array.from({ length: 500 }, (_, i) => ({
      name: `p${i}.js`,
      gateway: 'v0.0.1',
      sha256: '0'.repeat(64),
      size: 1,
      plugin: { name: 'p', version: '1.0.0' },
      uploaded_at: '2026-01-01T00:00:00.000Z',
    }))
    await stage.store.kv('postern uploads').set('table', table)
    const { status, json } = await put('greet.js', saying('x'))
    assert.equal(status, 409)
    assert.match(json.message, /there are 500 already, the most there may be/)
  })
})

test('an upload that is not signed is refused where signatures are required, and one that is signed serves', async () => {
  const { publicFile, signKey } = await makeKeyPair(stage.folder.path, 'release')
  const config = { plugin_public_keys: [publicFile], require_signed_plugins: true }
  await using guarded = await openAdmin({ definitions: { 'api.json': using('upload://greet.js') }, config })
  const refused = await guarded.call('PUT /tyk/plugins/greet.js', { body: saying('x') })
  assert.equal(refused.status, 400)
  assert.match(refused.json.message, /it has no signature, and one is required/)
  const signed = signArtifact(Buffer.from(saying('signed')), signKey).toString()
  assert.equal((await guarded.call('PUT /tyk/plugins/greet.js', { body: signed })).json.active, true)
  assert.equal(await (await fetch(`${guarded.gateway.url}/api/`)).text(), 'signed')
})

test('every answer that the document has for uploads was seen', async () => {
  await stage.refuseStrangers('/tyk/plugins/{name}')
  assert.deepEqual(stage.unseen('/tyk/plugins/{name}'), [])
})
