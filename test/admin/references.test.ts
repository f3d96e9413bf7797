import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'

test('what a reference stands for is used, and neither told by the admin API nor in the log', async () => {
  await using stage = await openStage()
  const { upstream } = stage
  const secrets = { target: upstream.url, header: 'hush-header' }
  await using other = await openStage({
    definition: {
      proxy: { target_url: 'secrets://target' },
      config_data: { nested: [{ token: 'secrets://header' }] },
      version_data: {
        not_versioned: true,
        versions: {
          Default: { name: 'Default', global_headers: { 'X-Whole': 'secrets://header', 'X-Part': '$secret_conf.header' } },
        },
      },
    },
    config: { secrets },
  })
  assert.equal((await exchange(other.port, formatRequest('GET /api/'))).status, 200)
  const { lines } = upstream.requests[0]?.head ?? assert.fail('the target that the reference names was not asked')
  assert.ok(lines.includes('X-Whole: hush-header') && lines.includes('X-Part: hush-header'), lines.join('\n'))

  const admin = async (path: string) =>
    (await exchange(other.port, formatRequest(`GET ${path}`, ['X-Tyk-Authorization: test-secret']))).text
  const read = JSON.parse(await admin('/tyk/apis/test-api'))
  assert.equal(read.proxy.target_url, 'secrets://target')
  assert.deepEqual(read.config_data, { nested: [{ token: 'secrets://header' }] })
  const answers = await Promise.all(['/tyk/apis', '/tyk/status', '/tyk/plugins', '/hello'].map(admin))
  for (const text of [...answers, ...other.gateway.log.lines]) {
    assert.ok(!text.includes('hush-header') && !text.includes(secrets.target), text)
  }
})
