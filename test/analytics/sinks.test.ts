import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { StdoutSink } from '../../src/telemetry/analytics/sinks/stdout-sink.ts'
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts'
import { until } from '../harness/until.ts'
import { recordAt, recordOptions, writeRecords } from './record.ts'

function stageWith(analytics: object, options: StageOptions = {}): Promise<Stage> {
  return openStage({ ...options, config: { enable_analytics: true, analytics_config: { type: 'file', ...analytics } } })
}

async function request({ port }: Stage, path = '/api/get'): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  await response.arrayBuffer()
  assert.equal(response.status, 200)
}

interface Counters {
  readonly recorded: number
  readonly dropped: number
  readonly failed: number
}

/** What the gateway says, once it is closed, of records that were lost. */
function lossesOf({ gateway }: Stage): Counters {
  const line = gateway.log.lines.find((text) => text.includes('Some records of requests were lost'))
  assert.ok(line, 'losses are told of')
  return JSON.parse(line).analytics
}

test('files are rotated by size, and there are only so many', async () => {
  await using stage = await stageWith({ max_file_size: 2048, max_files: 3 })
  const folder = join(stage.gateway.folder.path, 'data')
  const files = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('analytics')) : [])
  let newest = ''
  await until('a third file', async () => {
    newest = `/api/${Date.now()}`
    await request(stage, newest)
    return files().length === 3 && statSync(join(folder, 'analytics.jsonl.2')).size > 0
  })
  // While files change their names, there is none of this one.
  const current = join(folder, 'analytics.jsonl')
  await until('the last record', () => existsSync(current) && readFileSync(current, 'utf8').includes(newest))
  assert.deepEqual(files().sort(), ['analytics.jsonl', 'analytics.jsonl.1', 'analytics.jsonl.2'])
  for (const name of files()) {
    const text = readFileSync(join(folder, name), 'utf8')
    for (const line of text.trimEnd().split('\n')) assert.equal(JSON.parse(line).APIID, 'test-api', name)
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, 'nobody else reads it')
  }
})

test('a full disk loses records, which are counted, and nothing else', async () => {
  const stage = await stageWith({ file: '/dev/full' })
  for (let i = 0; i < 5; i++) await request(stage)
  await stage.gateway.log.waitFor('Write records of requests (analytics_config.type \\"file\\") failed: ENOSPC')
  await request(stage)
  await stage[Symbol.asyncDispose]()
  const { recorded, dropped, failed } = lossesOf(stage)
  assert.deepEqual({ recorded, lost: dropped + failed }, { recorded: 0, lost: 6 })
  const told = stage.gateway.log.lines.filter((line) => line.includes('Write records of requests'))
  assert.equal(told.length, 1, 'it is said once')
})

test('while too many records wait, further ones are dropped, and counted', async () => {
  const stage = await stageWith({ file: '/dev/full', records_buffer_size: 3 })
  await request(stage)
  await stage.gateway.log.waitFor('ENOSPC')
  for (let i = 0; i < 20; i++) await request(stage)
  await stage.gateway.log.waitFor('3 (records_buffer_size) wait to be written already')
  await stage[Symbol.asyncDispose]()
  const { dropped, failed } = lossesOf(stage)
  assert.equal(dropped + failed, 21)
  assert.ok(dropped > 0, 'some never waited')
})

test('a buffer that is small is written before it is full', async () => {
  await using stage = await stageWith({ records_buffer_size: 40 })
  const file = join(stage.gateway.folder.path, 'data/analytics.jsonl')
  for (let i = 0; i < 100; i++) await request(stage)
  await until('a hundred records', () => existsSync(file) && readFileSync(file, 'utf8').trimEnd().split('\n').length === 100)
})

test('what is left is written when the gateway closes', async () => {
  let lines: string[] = []
  const stage = await stageWith({})
  const file = join(stage.gateway.folder.path, 'data/analytics.jsonl')
  for (let i = 0; i < 7; i++) await request(stage)
  const folder = stage.gateway.folder[Symbol.asyncDispose]
  Object.assign(stage.gateway.folder, {
    [Symbol.asyncDispose]: async () => {
      lines = readFileSync(file, 'utf8').trimEnd().split('\n')
      await folder()
    },
  })
  await stage[Symbol.asyncDispose]()
  assert.equal(lines.length, 7)
})

test('a reload waits with the plugins of the API before until they have seen its records', async () => {
  const plugin = `
    import { type AnalyticsPlugin, definePlugin } from 'postern/plugin'
    let disposed = false
    export const Clean = definePlugin({ handler: () => {}, dispose: () => { disposed = true } })
    export const Late: AnalyticsPlugin = async (record) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      record.Tags.push(disposed ? 'disposed' : 'alive')
    }
  `
  await using stage = await stageWith(
    {},
    { plugin, definition: { custom_middleware: { driver: 'jsplugin', traffic_logs: [{ name: 'Late', path: 'plugin.js' }] } } },
  )
  await request(stage)
  const record = stage.gateway.nextRecord()
  await stage.gateway.reload()
  const { Tags } = await record
  assert.deepEqual(Tags, ['org-default', 'api-test-api', 'alive'])
})

test('a plugin that takes its time keeps no other record waiting', async () => {
  const plugin = `
    import type { AnalyticsPlugin } from 'postern/plugin'
    let release = () => {}
    export const Wait: AnalyticsPlugin = (record) => {
      if (record.RawPath.endsWith('/wait')) return new Promise<void>((resolve) => { release = resolve })
      release()
    }
  `
  const hooks = { driver: 'jsplugin', traffic_logs: [{ name: 'Wait', path: 'plugin.js', timeout_ms: 60_000 }] }
  await using stage = await stageWith({}, { plugin, definition: { custom_middleware: hooks } })
  await request(stage, '/api/wait')
  await request(stage, '/api/get')
  const paths = [(await stage.gateway.nextRecord()).RawPath, (await stage.gateway.nextRecord()).RawPath]
  assert.deepEqual(paths, ['/api/get', '/api/wait'])
})

test('standard output gets one object a line, and its failures are told', async () => {
  const chunks: string[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done(chunks.length > 1 ? new Error('broken pipe') : null)
    },
  })
  output.on('error', () => {})
  const sink = new StdoutSink(recordOptions, output)
  await writeRecords(sink, [recordAt(0), recordAt(1)])
  assert.deepEqual(
    chunks[0]?.split('\n').map((line) => (line === '' ? '' : JSON.parse(line).TimeStamp)),
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.001Z', ''],
  )
  await assert.rejects(writeRecords(sink, [recordAt(2)]), /broken pipe/)
})
