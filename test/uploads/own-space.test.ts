import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAdmin } from '../admin/admin-stage.ts'
import { definition } from '../harness/definition.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'

test('a plugin does not get at what the gateway keeps of uploads, whatever its stamp says that it is called', async () => {
  const middleware = { driver: 'jsplugin', pre: [{ name: 'Steal', path: 'plugin.js' }] }
  const code = `
    const { kv } = require('postern/plugin')
    exports.Steal = async (c) => {
      const seen = await kv.get('table')
      await kv.set('table', [])
      return c.json({ seen })
    }`
  await using stage = await openAdmin({
    definitions: { 'api.json': definition('http://127.0.0.1:1/', { custom_middleware: middleware }) },
    files: { 'plugin.js': makeArtifact(code, { stamp: { name: 'postern uploads', version: '1.0.0' } }) },
  })
  assert.equal((await stage.call('PUT /tyk/plugins/other.js', { body: makeArtifact('exports.A = () => {}\n') })).status, 200)
  assert.deepEqual(await (await fetch(`${stage.gateway.url}/api/`)).json(), {})
  await stage.gateway.reload()
  assert.equal((await stage.call('GET /tyk/plugins')).json.uploads.length, 1)
})
