import assert from 'node:assert/strict'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeCertificate } from '../harness/certificates.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest, headerValue } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const get = formatRequest('GET /api/')

/** Says so whenever its configuration is checked, which is when an API is made of its definition. */
const telling = (version: number) =>
  compiledText(`
    import { definePlugin } from 'postern/plugin'
    const validate = (value: unknown) => {
      console.log('made of version ${version}')
      return { value }
    }
    export const Tell = definePlugin({
      config: { '~standard': { version: 1 as const, vendor: 'test', validate } },
      handler: (c) => c.header('X-Version', '${version}'),
    })
  `)

const withPlugin = { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Tell', path: 'plugin.js' }] } }

describe('a reload makes an API anew', () => {
  test('when its definition or its plugin has changed, and not when another one has', async () => {
    await using upstream = await startUpstream()
    const other = (name: string) => definition(upstream.url, { api_id: 'other', name, proxy: { listen_path: '/other/' } })
    await using gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url, withPlugin), 'other.json': other('one') },
      artifacts: { 'plugin.js': await telling(1) },
    })
    const timesMade = (version: number) => gateway.log.lines.filter((line) => line.includes(`made of version ${version}`)).length
    const version = async () => headerValue((await exchange(gateway.port, get)).head.lines, 'x-version')
    assert.equal(timesMade(1), 1)

    await gateway.reload()
    await gateway.folder.writeDefinition('other.json', other('two'))
    const report = await gateway.reload()
    assert.deepEqual([report.apis, report.failed], [2, []])
    assert.equal(timesMade(1), 1, 'it is carried over')
    assert.equal(await version(), '1')

    await gateway.folder.writeDefinition('api.json', definition(upstream.url, { ...withPlugin, name: 'renamed' }))
    await gateway.reload()
    assert.equal(timesMade(1), 2)

    await copyFile(await telling(2), join(gateway.folder.path, 'plugin.js'))
    await gateway.reload()
    assert.equal(timesMade(2), 1)
    assert.equal(await version(), '2')
  })

  test('when a plugin that was not there has come', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ definitions: { 'api.json': definition(upstream.url, withPlugin) } })
    assert.equal((await exchange(gateway.port, get)).status, 500)
    await copyFile(await telling(1), join(gateway.folder.path, 'plugin.js'))
    await gateway.reload()
    assert.equal((await exchange(gateway.port, get)).status, 200)
  })

  test('when a file has changed that a secret comes from', async () => {
    await using upstream = await startUpstream()
    const headers = { 'X-Whole': 'file://whole', 'X-Part': 'part $secret_file.part' }
    await using gateway = await startGateway({
      definitions: {
        'api.json': definition(upstream.url, {
          version_data: { not_versioned: true, versions: { Default: { name: 'Default', global_headers: headers } } },
        }),
      },
      files: { 'secrets/whole': 'first', 'secrets/part': 'first' },
    })
    const sent = async () => {
      await exchange(gateway.port, get)
      const { lines } = upstream.requests.at(-1)?.head ?? assert.fail('no request')
      return [headerValue(lines, 'x-whole'), headerValue(lines, 'x-part')]
    }
    assert.deepEqual(await sent(), ['first', 'part first'])
    await gateway.folder.writeFile('secrets/whole', 'second')
    await gateway.reload()
    assert.deepEqual(await sent(), ['second', 'part first'])
    await gateway.folder.writeFile('secrets/part', 'second')
    await gateway.reload()
    assert.deepEqual(await sent(), ['second', 'part second'])
  })

  test('when the authorities of its upstream have changed', async () => {
    const authority = makeCertificate({ name: 'Authority', isAuthority: true })
    const server = makeCertificate({ name: 'upstream', hosts: ['127.0.0.1', 'localhost'], issuer: authority })
    await using upstream = await startUpstream(({ answer }) => answer(200), { key: server.key, cert: server.cert })
    await using gateway = await startGateway({
      definitions: { 'api.json': definition(upstream.url, { proxy: { transport: { ssl_ca_file: 'ca.pem' } } }) },
      files: { 'ca.pem': authority.cert },
    })
    assert.equal((await exchange(gateway.port, get)).status, 200)
    const another = makeCertificate({ name: 'Another', isAuthority: true })
    await writeFile(join(gateway.folder.path, 'ca.pem'), another.cert)
    await gateway.reload()
    assert.equal((await exchange(gateway.port, get)).status, 500)
  })
})

test('hundreds of definitions load beside those that are broken, in the order of their files', async () => {
  await using upstream = await startUpstream()
  const names = Array.from({ length: 300 }, (_, i) => `api-${String(i).padStart(3, '0')}`)
  const api = (name: string) => definition(upstream.url, { api_id: name, proxy: { listen_path: `/${name}/` } })
  const definitions = Object.fromEntries(names.map((name) => [`${name}.json`, api(name)]))
  await using gateway = await startGateway({
    definitions: { ...definitions, 'api-100.json': '{', 'later.json': api('api-200') },
  })
  const { apis, failed } = gateway.report
  assert.equal(apis, 299)
  assert.deepEqual(
    failed.map(({ file }) => file.split('/').at(-1)),
    ['api-100.json', 'later.json'],
    'the first of two with one id wins',
  )
  assert.equal((await exchange(gateway.port, formatRequest('GET /api-299/'))).status, 200)
})
