import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { current } from '../../src/version.ts'
import { buildPeers } from './peers.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** docker-compose 1, or what has become a part of `docker`. */
const [program, ...command] = spawnSync('docker-compose', ['version']).status === 0 ? ['docker-compose'] : ['docker', 'compose']
const isInstalled = spawnSync(program, [...command, 'version']).status === 0
const skip = isInstalled ? false : 'neither docker-compose nor docker compose is installed'

const secret = 'secret of the test'
const variables: Record<string, string> = {
  POSTERN_TAG: `v${current.version}`,
  PORT: '0',
  FLEET_PORT_1: '0',
  FLEET_PORT_2: '0',
  POSTERN_SECRET: secret,
}

async function compose(...args: string[]): Promise<string> {
  const project = ['--project-name', `postern-test-${process.pid}`]
  const env = { ...process.env, ...variables }
  return (await run(program, [...command, ...project, ...args], { cwd: root, env })).stdout.trim()
}

async function curl(...args: string[]): Promise<string> {
  return (await run('curl', ['-sS', '-w', '%{http_code}', ...args])).stdout
}

/** Where a gateway is reached, once it is ready. */
async function readyUrl(service: string): Promise<string> {
  const address = await compose('port', service, '8181')
  const url = `http://127.0.0.1:${address.split(':').at(-1)}`
  await curl('--retry', '30', '--retry-delay', '1', '--retry-all-errors', '--fail', `${url}/ready`)
  return url
}

describe('docker compose up', { skip }, () => {
  let url: string
  before(async () => {
    await compose('up', '--detach')
    url = await readyUrl('gateway')
  })
  after(() => compose('down', '--volumes', '--timeout', '5'))

  test('serves an API whose plugin adds a header that reaches the upstream', async () => {
    assert.match(await curl(`${url}/my_api_name/get`), /"Foo": "Bar"/)
  })

  test('serves an API whose plugin answers in place of the upstream', async () => {
    assert.match(await curl(`${url}/my_api_name/get?get_time=1`), /^\{"current_time":.*\}200$/)
  })

  test('serves an API whose plugin lets one key in and no other', async () => {
    assert.match(await curl('-H', 'Authorization: xyz', `${url}/my_auth_api/get`), /403$/)
    assert.match(await curl('-H', 'Authorization: abc', `${url}/my_auth_api/get`), /200$/)
  })
})

test('docker compose --profile redis up serves by two gateways that share a Redis', { skip }, async () => {
  await using peers = await buildPeers()
  variables.REDIS_IMAGE = peers.image
  try {
    await compose('--profile', 'redis', 'up', '--detach')
    const [one, two] = [await readyUrl('fleet-1'), await readyUrl('fleet-2')]
    for (const url of [one, two]) {
      assert.match(await curl(`${url}/hello`), /"redis":\{"status":"pass"/)
      assert.match(await curl(`${url}/my_api_name/get`), /"Foo": "Bar"/)
    }
    const authorized = ['-H', `X-Tyk-Authorization: ${secret}`]
    const rights = { access_rights: { my_auth_api: { api_id: 'my_auth_api', versions: ['Default'] } } }
    assert.match(await curl(...authorized, '-d', JSON.stringify(rights), `${one}/tyk/keys/shared`), /"action":"added".*200$/)
    assert.match(await curl(...authorized, `${two}/tyk/keys/shared`), /200$/)
  } finally {
    await compose('--profile', 'redis', 'down', '--volumes', '--timeout', '5')
  }
})
