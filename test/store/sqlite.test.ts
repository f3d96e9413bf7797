import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { failure } from '../../src/errors.ts'
import { MemoryCounters } from '../../src/store/memory/memory-counters.ts'
import type { Calls } from '../../src/store/sqlite/database-thread.ts'
import type { FromThread } from '../../src/store/sqlite/operations.ts'
import { SqliteHealth } from '../../src/store/sqlite/sqlite-health.ts'
import { SqliteQuotas } from '../../src/store/sqlite/sqlite-quotas.ts'
import { SqliteSessions } from '../../src/store/sqlite/sqlite-sessions.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { Committer } from '../../src/store/sqlite/thread/committer.ts'
import { Database } from '../../src/store/sqlite/thread/database.ts'
import { openDatabase } from '../../src/store/sqlite/thread/open-database.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../harness/until.ts'
import { testStore } from './contract.ts'

const folder = await mkdtemp(join(tmpdir(), 'postern-store-'))
after(() => rm(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}.db`)

function open(file: string, clock: () => number = Date.now): Promise<Store> {
  return openSqliteStore({ file, cacheBytes: 1_000_000, onTrouble: assert.ifError, clock })
}

testStore('the SQLite store', async () => {
  let now = 1_700_000_000_000
  const store = await open(newFile(), () => now)
  const advance = async (seconds: number) => {
    now += Math.round(seconds * 1000)
  }
  return { store, advance }
})

describe('what a store has in its file', () => {
  test('is there when it is opened again: sessions, the values of plugins, what is used of quotas', async () => {
    const file = newFile()
    let now = 1_700_000_000_000
    const first = await open(file, () => now)
    await first.sessions.set('abc', { alias: 'kept' }, { ttl: 100 })
    await first.sessions.set('gone', {})
    await first.sessions.delete('gone')
    await first.kv('plugin').set('value', { a: 1 })
    await first.kv('plugin').increment('hits', 5, { ttl: 10 })
    const quota = { max: 10, renewalMs: 60_000 }
    for (let i = 0; i < 3; i++) await first.counters.spend('quota', quota)
    await first.counters.spend('brief', { max: 10, renewalMs: 1000 })
    await first.counters.spend('reset', quota)
    await first.counters.resetQuota('reset')
    await first.close()

    now += 5000
    const second = await open(file, () => now)
    assert.deepEqual(await second.sessions.get('abc'), { alias: 'kept' })
    assert.deepEqual(await second.sessions.keys(), ['abc'])
    assert.deepEqual(await second.kv('plugin').get('value'), { a: 1 })
    assert.equal(await second.kv('plugin').increment('hits'), 6)
    assert.deepEqual(await second.counters.peekQuota('quota'), { used: 3, renewsAtMs: 1_700_000_060_000 })
    assert.equal((await second.counters.spend('quota', quota)).remaining, 6)
    assert.equal(await second.counters.peekQuota('brief'), undefined)
    assert.equal(await second.counters.peekQuota('reset'), undefined)
    await second.close()

    now += 100_000
    const third = await open(file, () => now)
    assert.equal(await third.sessions.get('abc'), undefined)
    assert.equal(await third.kv('plugin').get('hits'), undefined)
    await third.close()
  })

  test("is the gateway's user's alone to read", async () => {
    const file = newFile()
    const store = await open(file)
    await store.sessions.set('abc', {})
    for (const name of [file, `${file}-wal`]) assert.equal((await stat(name)).mode & 0o777, 0o600, name)
    await store.close()
  })

  test('is rid of what has expired', async () => {
    const file = newFile()
    const database = new Database(openDatabase(file))
    for (const [key, expiresAt] of [
      ['brief', 1000],
      ['lasting', 9000],
      ['for ever', null],
    ] as const) {
      database.setSession(key, { text: '{}', expiresAt })
      database.setValue(key, { text: '{}', expiresAt })
    }
    database.saveQuotas([
      ['brief', 1, 1000],
      ['lasting', 1, 9000],
      ['for ever', 1, 0],
    ])
    database.purge(1000)
    database.commit()
    database.close()
    const raw = new DatabaseSync(file)
    for (const table of ['session', 'value', 'quota']) {
      const keys = raw.prepare(`SELECT key FROM ${table} ORDER BY key`).all()
      assert.deepEqual(
        keys.map(({ key }) => key),
        ['for ever', 'lasting'],
      )
    }
    raw.close()
  })
})

describe('a file that cannot be used', () => {
  const refused = async (file: string, reason: RegExp) => {
    await assert.rejects(open(file), (error: Error & { code: string }) => {
      assert.equal(error.code, 'store_not_opened')
      assert.ok(error.message.startsWith(`Open the store "${file}" failed: `), error.message)
      assert.equal(error.message.split('\n').length, 1)
      assert.match(error.message, reason)
      return true
    })
  }

  test('is refused where it is no database, and left as it is', async () => {
    const file = newFile()
    await writeFile(file, 'of something else '.repeat(1000))
    const before = await readFile(file)
    await refused(file, /it is not a SQLite database; the file was left as it is: put a backup/)
    assert.deepEqual(await readFile(file), before)
  })

  test('is refused where it is damaged, wherever that is, and left as it is', async () => {
    const file = newFile()
    const store = await open(file)
    for (let i = 0; i < 200; i++) await store.kv('plugin').set(`key ${i}`, 'x'.repeat(500))
    await store.close()
    const whole = await readFile(file)
    for (const [from, to] of [
      [100, 4000],
      [whole.length - 8192, whole.length - 4096],
    ] as const) {
      const damaged = Buffer.from(whole).fill(0x55, from, to)
      await writeFile(file, damaged)
      await refused(file, /it is damaged \(.+\); the file was left as it is/)
      assert.deepEqual(await readFile(file), damaged)
    }
  })

  test('is refused where another program or another version of Postern wrote it', async () => {
    const foreign = newFile()
    const database = new DatabaseSync(foreign)
    database.exec('CREATE TABLE other (a)')
    database.close()
    await refused(foreign, /it is a database of another program; the file was left/)

    const later = newFile()
    await (await open(later)).close()
    const changed = new DatabaseSync(later)
    changed.exec('PRAGMA user_version = 99')
    changed.close()
    await refused(later, /found its format 99, expected 1: another version of Postern wrote it; /)
  })

  test('is refused where another process has it open, after that had a while to let go of it', async () => {
    const file = newFile()
    const first = await open(file)
    await first.sessions.set('abc', { alias: 'of the first' })
    const waiting = open(file)
    await first.sessions.set('abd', {})
    await first.close()
    const second = await waiting
    assert.deepEqual(await second.sessions.keys(), ['abc', 'abd'])

    await refused(file, /another process has it open; give each gateway a "data_path" of its own, or/)
    await second.close()
  })

  test('is refused where it cannot be made, with what mends that', async (t) => {
    await refused(join(folder, 'nowhere/data/store.db'), /ENOENT.*; make its folder writable, or name another one as "data_path"/)
    if (process.getuid?.() === 0) {
      t.diagnostic('root may write everywhere: a folder without the right to write was not tried')
      return
    }
    const locked = await mkdtemp(join(folder, 'locked-'))
    await chmod(locked, 0o500)
    await refused(join(locked, 'store.db'), /EACCES/)
  })
})

describe('a disk that takes no more', () => {
  const full = () => {
    const connection = openDatabase(newFile())
    const database = new Database(connection)
    const told: FromThread[] = []
    const committer = new Committer(database, (message) => told.push(message))
    return { connection, database, told, committer }
  }

  test('fails what is asked and what is held, counts what is lost, and keeps what was committed', () => {
    const { connection, database, told, committer } = full()
    database.setSession('before', { text: '{}', expiresAt: null })
    database.commit()
    connection.exec(`PRAGMA max_page_count = ${pagesOf(connection)}`)
    database.setValue('promised', { text: '1', expiresAt: null })
    committer.hold({ type: 'done', id: 1, result: undefined })
    database.setSession('held', { text: '{}', expiresAt: null })
    let thrown: unknown
    try {
      database.setSession('large', { text: 'x'.repeat(100_000), expiresAt: null })
    } catch (error) {
      thrown = error
    }
    assert.match(String(thrown), /full/)
    assert.ok(database.isUndone, 'SQLite undoes the transaction when the disk is full')
    committer.undo(thrown)
    assert.deepEqual(told, [
      { type: 'committed', reason: 'database or disk is full', lost: 1 },
      { type: 'failed', id: 1, reason: 'database or disk is full' },
    ])
    assert.deepEqual(database.sessionKeys('', 0), ['before'])

    database.deleteSession('before', 0)
    committer.hold({ type: 'done', id: 2, result: true })
    committer.commit()
    assert.deepEqual(told.slice(2), [
      { type: 'committed', reason: null, lost: 0 },
      { type: 'done', id: 2, result: true },
    ])
    database.close()
  })

  test('is told once, and once more when it takes writes again', () => {
    const told: (string | null)[] = []
    const health = new SqliteHealth({ file: 'store.db', onTrouble: (error) => told.push(error?.message ?? null) })
    health.note('database or disk is full', 2)
    health.note('database or disk is full', 1)
    const { client: output } = failure('store_unwritable', undefined)
    assert.deepEqual(health.status(false), { type: 'sqlite', status: 'warn', output, lostWrites: 3 })
    health.note(null, 0)
    assert.deepEqual(health.status(false), { type: 'sqlite', status: 'pass', lostWrites: 3 })
    assert.deepEqual(told, ['Use the store "store.db" failed: database or disk is full', null])
    assert.equal(health.status(true).status, 'fail')
  })

  test('leaves a session that could not be changed as it was, also for who has read it meanwhile', async () => {
    const { connection, database } = full()
    database.setSession('abc', { text: '{"alias":"before"}', expiresAt: null })
    database.commit()
    connection.exec(`PRAGMA max_page_count = ${pagesOf(connection)}`)
    // As the thread does it: who reads sees what is written, and the commit fails.
    const calls: Calls = {
      call: async (name, ...args) => {
        const operation = database[name] as (...args: unknown[]) => never
        if (name === 'setSession') await setImmediate()
        return operation.apply(database, args)
      },
    }
    const sessions = new SqliteSessions(() => calls, Date.now)
    const setting = sessions.set('abc', { alias: 'x'.repeat(100_000) })
    assert.deepEqual(await sessions.get('abc'), { alias: 'before' })
    await assert.rejects(setting, /full/)
    database.rollback()
    database.setSession('abc', { text: '{"alias":"in the file"}', expiresAt: null })
    assert.deepEqual(await sessions.get('abc'), { alias: 'in the file' })
    database.rollback()
    database.close()
  })

  test('gets what was spent of quotas when it takes writes again', async () => {
    const [spent, saved] = [new Set<string>(), [] as unknown[]]
    const counters = new MemoryCounters(() => 1000, spent)
    let isFull = true
    const calls: Calls = {
      call: async (name, ...args) => {
        if (name === 'saveQuotas' && isFull) throw new Error('full')
        if (name === 'saveQuotas') saved.push(...args)
        return [] as never
      },
    }
    const failures: unknown[] = []
    const quotas = await SqliteQuotas.open({
      thread: calls,
      counters,
      spent,
      clock: () => 1000,
      onFailure: (e) => failures.push(e),
    })
    counters.spend('key', { max: 5, renewalMs: 60_000 })
    await until('a failure', () => failures.length > 0)
    isFull = false
    await quotas.close()
    assert.deepEqual(saved, [[['key', 1, 61_000]]])
  })

  function pagesOf(connection: DatabaseSync): number {
    return Number(connection.prepare('PRAGMA page_count').get()?.page_count)
  }
})

test('an open SQLite store does not keep the process alive, and a call that waits does', async () => {
  const module = join(import.meta.dirname, '../../src/store/sqlite/sqlite-store.ts')
  const program = `
    const { openSqliteStore } = await import(${JSON.stringify(module)})
    const store = await openSqliteStore({ file: ${JSON.stringify(newFile())}, cacheBytes: 0, onTrouble() {} })
    await store.sessions.set('abc', {})
    console.log(await store.sessions.keys())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
  assert.equal(stdout, "[ 'abc' ]\n")
})
