import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readDefinition } from '../../src/control/definition/read-definition.ts'
import { References } from '../../src/control/definition/references.ts'
import { definition, type Json, withVersion } from './definitions.ts'
import { makeFolder } from './temporary-folder.ts'

const long = 'l'.repeat(100)

async function readWith(json: Json) {
  await using folder = await makeFolder({ 'secrets/url': 'http://of-file:1\n', 'secrets/lines': 'one\ntwo\n' })
  const references = new References({
    env: { TYK_SECRET_URL: 'http://of-env', OTHER: 'not to be had' },
    secrets: { url: 'http://of-conf', hush: 'hushhush', long, quoted: 'say "it"' },
    folder: join(folder.path, 'secrets'),
  })
  return await readDefinition(json, 'orders.json', { confFolder: '/', pluginPaths: [], enableCustomDomains: false, references })
}

async function problemsWith(json: Json): Promise<string> {
  try {
    await readWith(json)
  } catch (error) {
    return (error as Error).message
  }
  assert.fail('the definition was accepted')
}

describe('a text of a definition that is a reference', () => {
  for (const [text, found] of [
    ['env://url', 'http://of-env/'],
    ['env://URL', 'http://of-env/'],
    ['secrets://url', 'http://of-conf/'],
    ['file://url', 'http://of-file:1/'],
  ] as const) {
    test(`stands for what it names: ${text}`, async () => {
      const { definition: read } = await readWith(definition({ proxy: { target_url: text } }))
      assert.equal(read.targetUrl.href, found)
    })
  }

  test('may be anywhere, and plugins read what it stands for', async () => {
    const hooks = { driver: 'jsplugin', pre: [{ name: 'Before', path: 'plugin.js' }] }
    const { raw, settled } = await readWith(
      definition({ config_data: { list: [{ text: 'file://lines' }], other: 'http://x' }, custom_middleware: hooks }),
    )
    assert.equal(settled, false, 'the file may change while the definition does not')
    assert.deepEqual(raw?.config_data, { list: [{ text: 'one\ntwo' }], other: 'http://x' })
  })

  for (const [text, problem] of [
    ['env://other', /^expected the environment variable TYK_SECRET_OTHER, found none; set it \(env:\/\/other\)$/],
    ['secrets://none', /^expected "none" in "secrets" of gateway\.conf, found none; add it/],
    ['secrets://toString', /^expected "toString" in "secrets"/],
    ['file://none', /^expected a file ".*\/secrets\/none", found none that can be read/],
    ['file://../url', /^expected the name of a file in "secrets_path"/],
    ['file:///etc/passwd', /^expected the name of a file in "secrets_path"/],
    ['vault://a', /^not supported: secrets of vault/],
    ['consul://a', /^not supported: secrets of consul/],
  ] as const) {
    test(`that stands for nothing is a problem, and the only one that is told: ${text}`, async () => {
      const message = await problemsWith(definition({ proxy: { target_url: text } }))
      const [, said = ''] = /^Load the definition "orders\.json" failed: proxy\.target_url: (.*)$/s.exec(message) ?? []
      assert.match(said, problem)
    })
  }
})

test('messages never show what a reference stands for', async () => {
  for (const name of ['hush', 'long', 'quoted']) {
    const message = await problemsWith(definition({ proxy: { target_url: `secrets://${name}` } }))
    assert.match(message, new RegExp(`expected an http or https URL, found "‹conf: ${name}›`))
    assert.doesNotMatch(message, /hushhush|llll|say/)
  }
  const inHeader = await problemsWith(
    withVersion({ global_headers: { 'X $secret_conf.hush': '1', 'X-A': 'secrets://hush' }, name: 1 }),
  )
  assert.doesNotMatch(inHeader, /hushhush/)
})
