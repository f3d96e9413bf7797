import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { closedPort } from '../harness/closed-port.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { openStage } from '../harness/stage.ts'
import { until } from '../harness/until.ts'

/** A file system in memory, of 1 MB; null where this user may not mount one. */
const disk = mountSmall()

function mountSmall(): (Disposable & { readonly path: string }) | null {
  const path = mkdtempSync(join(tmpdir(), 'postern-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmdirSync(path)
    return null
  }
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', [path])
      rmdirSync(path)
    },
  }
}

/** Keeps something for each request, and does not mind if it is not kept. */
const plugin = `
import { kv, type Plugin } from 'postern/plugin'
let count = 0
export const Keep: Plugin = async () => {
  count += 1
  await kv.set('request-' + count, 'x'.repeat(1000)).catch(() => {})
}
`

const definition = {
  use_keyless: false,
  auth: { auth_header_name: 'Authorization' },
  custom_middleware: { driver: 'jsplugin', post: [{ name: 'Keep', path: 'plugin.js' }] },
}

const session = { quota_max: 100_000, quota_renewal_rate: 3600, access_rights: { 'test-api': { api_id: 'test-api' } } }

test('on a full disk requests are served, what cannot be kept is refused or counted as lost, and all is well once there is room', {
  skip: disk === null && 'to mount a small file system takes root',
}, async () => {
  assert.ok(disk)
  using _ = disk
  const port = await closedPort()
  const config = { data_path: disk.path, storage: { type: 'sqlite' }, metrics: { port, address: '127.0.0.1' } }
  await using stage = await openStage({ plugin, definition, config })
  const admin = (methodAndPath: string, body = '') =>
    exchange(stage.port, formatRequest(methodAndPath, ['X-Tyk-Authorization: test-secret'], body))
  const addKey = async (name: string) => (await admin(`POST /tyk/keys/default${name}`, JSON.stringify(session))).status
  const askTimes = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { status } = await exchange(stage.port, formatRequest('GET /api/', ['Authorization: defaultfirst']))
      assert.equal(status, 200)
    }
  }
  const lost = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return Number(/^postern_store_lost_writes_total\{[^}]*\} (\d+)$/m.exec(text)?.[1])
  }
  const health = async () => JSON.parse((await admin('GET /hello')).text).details.store

  assert.equal(await addKey('first'), 200)
  await askTimes(1)
  const { bavail, bsize } = await statfs(disk.path)
  await writeFile(join(disk.path, 'filling'), Buffer.alloc(bavail * bsize)).catch(() => {})

  // Until the pages that the database has already are full, too.
  await until(
    'writes to be lost',
    async () => {
      await askTimes(20)
      return (await lost()) > 0
    },
    20_000,
  )
  assert.equal(await addKey('second'), 500)
  assert.deepEqual(
    [(await health()).status, (await health()).output, (await admin('GET /ready')).status],
    ['warn', 'The store does not take writes', 200],
  )
  const before = process.memoryUsage.rss()
  const lostBefore = await lost()
  await askTimes(500)
  await until('what is lost to be counted', async () => (await lost()) > lostBefore)
  assert.ok(process.memoryUsage.rss() - before < 100_000_000, 'what cannot be written does not pile up')

  await rm(join(disk.path, 'filling'))
  const recover = async () => {
    await askTimes(1)
    return (await health()).status === 'pass'
  }
  await until('the store to be well', recover, 20_000)
  assert.equal(await addKey('third'), 200)
  const { quota_remaining: remaining } = JSON.parse((await admin('GET /tyk/keys/defaultfirst')).text)
  assert.ok(remaining < 100_000 - 520, `the quota went on counting: ${remaining} left`)
})
