import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openBundleStage } from './bundle-stage.ts'
import { headerPlugin, makeBundle } from './make-bundle.ts'

describe('an API whose plugins are in a bundle', async () => {
  const plugin = await headerPlugin()

  test('is served with the plugins of the bundle in place of its own', async () => {
    await using stage = await openBundleStage({ files: { 'x.zip': makeBundle({ files: { 'AddFooBarHeader.js': plugin } }) } })
    assert.deepEqual(stage.gateway.report, { apis: 2, failed: [], quarantined: [] })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.deepEqual(await stage.fooOf('/other/'), [])
  })
})
