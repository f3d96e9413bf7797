import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AnalyticsQuery } from '../../src/telemetry/analytics/query.ts'
import { Histogram } from '../../src/telemetry/analytics/sqlite/histogram.ts'
import type { RecordBatch } from '../../src/telemetry/analytics/sqlite/operations.ts'
import { RecordThread } from '../../src/telemetry/analytics/sqlite/record-thread.ts'
import { SqliteSink } from '../../src/telemetry/analytics/sqlite/sqlite-sink.ts'
import { recordAt, recordOptions, writeRecords } from './record.ts'

const DAY_MS = 86_400_000
const EVER: AnalyticsQuery = { from: 0, to: Date.UTC(3000, 0), groupBy: null, bucketMs: 60_000, limit: 100 }

interface TestDatabase extends AsyncDisposable {
  readonly file: string
  open(settings?: { retentionMs?: number; maxBytes?: number }): SqliteSink
}

async function makeDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-analytics-'))
  const file = join(folder, 'data/analytics.db')
  const sinks: SqliteSink[] = []
  return {
    file,
    open: ({ retentionMs = 7 * DAY_MS, maxBytes = 2 ** 30 } = {}) => {
      const sink = new SqliteSink({ file, retentionMs, maxBytes }, recordOptions)
      sinks.push(sink)
      return sink
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(sinks.map((sink) => sink.close()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const count = async (sink: SqliteSink, question: Partial<AnalyticsQuery> = {}) =>
  (await sink.query({ ...EVER, ...question })).total.requests

test('records that are too old, or at their own end, are removed', async () => {
  await using database = await makeDatabase()
  const sink = database.open({ retentionMs: DAY_MS })
  const now = Date.now()
  await writeRecords(sink, [
    recordAt(now - 2 * DAY_MS),
    recordAt(now - DAY_MS / 2),
    recordAt(now, { ExpireAt: new Date(now - 1).toISOString() }),
    recordAt(now, { ExpireAt: new Date(now + DAY_MS).toISOString() }),
  ])
  assert.equal(await count(sink), 2)
})

test('a file that becomes too large loses its oldest records', async () => {
  await using database = await makeDatabase()
  const maxBytes = 1_048_576
  const sink = database.open({ maxBytes })
  const now = Date.now()
  const batch = (number: number) => Array.from({ length: 1000 }, () => recordAt(now - 1_000_000 + number))
  for (let number = 0; number < 8; number++) {
    await writeRecords(sink, batch(number))
    // What is removed is looked for once a second; a writer that is opened anew looks at once.
    await sink.close()
  }
  const left = await count(sink)
  assert.ok(left >= 500 && left < 3000, `${left} records are left`)
  assert.equal(await count(sink, { to: now - 1_000_000 + 3 }), 0, 'the oldest are gone')
  assert.ok((await count(sink, { from: now - 1_000_000 + 7 })) > 0, 'the newest are there')
  assert.ok(statSync(database.file).size < 3 * maxBytes, `${statSync(database.file).size} bytes`)
})

test('several processes write to one file, and each is asked for all', async () => {
  await using database = await makeDatabase()
  const sinks = [database.open(), database.open(), database.open()]
  const write = async (sink: SqliteSink) => {
    for (let i = 0; i < 10; i++) await writeRecords(sink, [recordAt(Date.now()), recordAt(Date.now())])
  }
  await Promise.all(sinks.map(write))
  for (const sink of sinks) assert.equal(await count(sink), 60)
})

test('groups of time are the latest, in their order', async () => {
  await using database = await makeDatabase()
  const sink = database.open({ retentionMs: 100 * 365 * DAY_MS })
  const at = (text: string) => Date.parse(`2026-01-01T${text}Z`)
  await writeRecords(
    sink,
    ['10:00:00', '10:00:59', '10:01:00', '10:07:00'].map((text) => recordAt(at(text))),
  )
  const { groups, truncated } = await sink.query({ ...EVER, groupBy: 'time', bucketMs: 60_000, limit: 2 })
  assert.deepEqual(
    groups.map(({ group, requests }) => [group, requests]),
    [
      ['2026-01-01T10:01:00.000Z', 1],
      ['2026-01-01T10:07:00.000Z', 1],
    ],
  )
  assert.equal(truncated, true)
  const whole = await sink.query({ ...EVER, groupBy: 'time', bucketMs: 300_000 })
  assert.deepEqual(
    whole.groups.map(({ group, requests }) => [group, requests]),
    [
      ['2026-01-01T10:00:00.000Z', 3],
      ['2026-01-01T10:05:00.000Z', 1],
    ],
  )
})

test('of thousands of groups the largest are found, even those that come late', async () => {
  await using database = await makeDatabase()
  const sink = database.open()
  const now = Date.now()
  const at = (path: string, Total: number) => recordAt(now, { Path: path, Latency: { Total, Upstream: 0, Gateway: Total } })
  const lone = Array.from({ length: 3000 }, (_, i) => at(`/lone/${i}`, 1))
  const early = [...lone.slice(0, 1500), ...Array.from({ length: 4 }, () => at('/lone/7', 1))]
  await writeRecords(sink, early)
  await writeRecords(sink, [...lone.slice(1500), ...Array.from({ length: 9 }, () => at('/late', 8))])
  const { total, groups, truncated } = await sink.query({ ...EVER, groupBy: 'path', limit: 3 })
  assert.deepEqual(
    groups.map(({ group, requests, latency_ms: { mean } }) => [group, requests, mean]),
    [
      ['/late', 9, 8],
      ['/lone/7', 5, 1],
      ['/lone/0', 1, 1],
    ],
  )
  assert.deepEqual([total.requests, truncated], [3013, true])
})

test('whatever a plugin has made of a record, the others are there', async () => {
  await using database = await makeDatabase()
  const sink = database.open()
  const odd = { ...recordAt(Date.now()), TimeStamp: 'noon', ExpireAt: 'never', Latency: null, Path: 7, ResponseCode: '500' }
  await writeRecords(sink, [recordAt(Date.now()), odd as never])
  const { groups } = await sink.query({ ...EVER, groupBy: 'path' })
  assert.deepEqual(
    groups.map(({ group, requests, errors }) => [group, requests, errors]),
    [
      ['', 1, 0],
      ['/api/get', 1, 0],
    ],
  )
})

test('the file has a view of the records for whoever looks into it', async () => {
  await using database = await makeDatabase()
  const sink = database.open()
  await writeRecords(sink, [recordAt(Date.now()), recordAt(Date.now(), { Path: '/other', ResponseCode: 404 })])
  const raw = new DatabaseSync(database.file, { readOnly: true })
  const rows = raw.prepare("SELECT path, status, record ->> 'Method' AS method FROM record ORDER BY path").all()
  raw.close()
  assert.deepEqual(
    rows.map(({ path, status, method }) => [path, status, method]),
    [
      ['/api/get', 200, 'GET'],
      ['/other', 404, 'GET'],
    ],
  )
})

test('a file of another version is left alone, and said to be one', async () => {
  await using database = await makeDatabase()
  const first = database.open()
  await writeRecords(first, [recordAt(Date.now())])
  await first.close()
  const raw = new DatabaseSync(database.file)
  raw.exec('PRAGMA user_version = 1')
  raw.close()
  const later = database.open()
  const refused = { message: /analytics\.db.*it has format 1, of another version of Postern, and not 2; move it away/ }
  await assert.rejects(writeRecords(later, [recordAt(Date.now())]), refused)
  await assert.rejects(later.query(EVER), refused)
})

test('a thread that ends fails what waits for it, and the next call has another', async () => {
  await using database = await makeDatabase()
  const thread = new RecordThread({ file: database.file, retentionMs: DAY_MS, maxBytes: 2 ** 30 })
  const at = Date.now()
  const batch = () => ({
    firstAt: at,
    lastAt: at,
    expiresAt: null,
    records: new TextEncoder().encode(`[${JSON.stringify(recordAt(at))}]`),
  })
  const bad = thread.call('write', [{} as RecordBatch])
  await assert.rejects(bad, { code: 'records_failed' })
  await thread.call('write', [batch()])
  await thread.close()
  await thread.call('write', [batch()])
  assert.equal((await thread.call('query', EVER)).total.requests, 2)
  await thread.close()
})

test('percentiles are within 1 % of the truth, whatever the durations', () => {
  for (const spread of [1, 3, 6]) {
    const values = Array.from({ length: 2000 }, (_, i) => 0.05 * 10 ** ((spread * ((i * 7919) % 2000)) / 2000))
    const histogram = new Histogram()
    for (const value of values) histogram.add(value)
    const sorted = values.toSorted((a, b) => a - b)
    const { p50, p95, p99, max } = histogram.summary()
    for (const [found, share] of [
      [p50, 0.5],
      [p95, 0.95],
      [p99, 0.99],
    ] as const) {
      const truth = sorted[Math.ceil(share * 2000) - 1] as number
      assert.ok(Math.abs(found / truth - 1) <= 0.0105 || Math.abs(found - truth) < 0.001, `${found} for ${truth}`)
    }
    assert.ok(Math.abs(max - (sorted.at(-1) as number)) < 0.001)
  }
  assert.deepEqual(new Histogram().summary(), { mean: 0, p50: 0, p95: 0, p99: 0, max: 0 })
})
