import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { current } from '../../src/version.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** docker-compose 1, or what has become a part of `docker`. */
const [program, ...command] = spawnSync('docker-compose', ['version']).status === 0 ? ['docker-compose'] : ['docker', 'compose']
const isInstalled = spawnSync(program, [...command, 'version']).status === 0
const skip = isInstalled ? false : 'neither docker-compose nor docker compose is installed'

async function compose(...args: string[]): Promise<string> {
  const project = ['--project-name', `postern-test-${process.pid}`]
  const env = { ...process.env, POSTERN_TAG: `v${current.version}`, PORT: '0' }
  return (await run(program, [...command, ...project, ...args], { cwd: root, env })).stdout.trim()
}

async function curl(...args: string[]): Promise<string> {
  return (await run('curl', ['-sS', '-w', '%{http_code}', ...args])).stdout
}

describe('docker compose up', { skip }, () => {
  let url: string
  before(async () => {
    await compose('up', '--detach')
    const address = await compose('port', 'gateway', '8181')
    url = `http://127.0.0.1:${address.split(':').at(-1)}`
    await curl('--retry', '20', '--retry-delay', '1', '--retry-all-errors', '--fail', `${url}/ready`)
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
