import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { definition } from '../harness/definition.ts'
import { makeGatewayFolder } from '../harness/gateway-folder.ts'
import { startGatewayProcess } from '../harness/gateway-process.ts'
import { exchange } from '../harness/raw-client.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

/** What becomes of a start that cannot succeed. */
async function startInVain(config: object, prepare: (folder: string) => Promise<void>) {
  await using folder = await makeGatewayFolder({ definitions: {}, config: { workers: 2, ...config } })
  await prepare(folder.path)
  return await new Promise<{ code: unknown; err: string }>((resolve) => {
    execFile(process.execPath, [main, 'start', '--conf', folder.config], { timeout: 60_000 }, (error, _, err) => {
      resolve({ code: error?.code, err })
    })
  })
}

describe('a start with several workers', () => {
  test('ends with one line where the store cannot be opened', async () => {
    const { code, err } = await startInVain({ storage: { type: 'sqlite' }, data_path: '.' }, (folder) =>
      writeFile(join(folder, 'store.db'), 'this is no database, however long one looks at it'.repeat(100)),
    )
    assert.equal(code, 1)
    assert.match(err, /^Open the store ".*store\.db" failed: it is not a SQLite database; .*\n$/)
  })

  test('ends with one line where gateway.conf is wrong', async () => {
    const { code, err } = await startInVain({ workers: 'many' }, async () => {})
    assert.equal(code, 1)
    assert.match(err, /workers/)
  })

  test('takes the folder for temporary files where data_path takes no socket, and makes one secret for all', async () => {
    await using gateway = await startGatewayProcess(
      {
        definitions: { 'api.json': definition('http://127.0.0.1:1/') },
        config: { workers: 2, data_path: `data-${'long'.repeat(30)}`, secret: '' },
      },
      { supervised: true },
    )
    await gateway.log.waitFor('"worker":2')
    assert.equal((await exchange(gateway.port, 'GET /ready HTTP/1.1\r\nHost: x\r\n\r\n')).status, 200)
  })

  test('ends well when it is to stop while a worker is still starting', async () => {
    for (const pauseMs of [0, 20, 80]) {
      await using gateway = await startGatewayProcess({ definitions: {}, config: { workers: 3 } }, { supervised: true })
      await delay(pauseMs)
      gateway.signal('SIGTERM')
      assert.deepEqual(await gateway.exited, [0, null])
    }
  })

  test('is one of one worker without a supervisor, and says so', async () => {
    await using gateway = await startGatewayProcess({ definitions: {}, config: { workers: 3 } })
    await gateway.log.waitFor('Start 3 workers (\\"workers\\") failed: without a supervisor there is this one process')
    assert.equal((await exchange(gateway.port, 'GET /ready HTTP/1.1\r\nHost: x\r\n\r\n')).status, 200)
  })
})
