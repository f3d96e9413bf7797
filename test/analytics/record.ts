import assert from 'node:assert/strict'
import type { AnalyticsRecord } from '../../src/plugin/contract/analytics.ts'
import type { RecordOptions } from '../../src/telemetry/analytics/record-of.ts'
import type { Sink } from '../../src/telemetry/analytics/sink.ts'

/** What records are made with where nothing is hidden. */
export const recordOptions: RecordOptions = { keyOf: (token) => token, pathOf: (path) => path, withCredentials: true }

/** Writes records as one batch. */
export async function writeRecords(sink: Sink, records: readonly AnalyticsRecord[]): Promise<void> {
  const batch = sink.begin()
  for (const record of records) batch.addRecord(record)
  assert.equal(batch.count, records.length)
  await batch.write()
}

/** A record of a request at a time, in Unix milliseconds; `fields` say what is different. */
export function recordAt(at: number, fields: Partial<AnalyticsRecord> = {}): AnalyticsRecord {
  const time = new Date(at)
  return {
    Method: 'GET',
    Host: 'gateway',
    Path: '/api/get',
    RawPath: '/api/get',
    OriginalPath: '/api/get',
    ListenPath: '/api/',
    ContentLength: -1,
    UserAgent: 'tester',
    ResponseCode: 200,
    APIKey: '',
    APIVersion: 'Non Versioned',
    APIName: 'Test API',
    APIID: 'test-api',
    OrgID: 'default',
    OauthID: '',
    Alias: '',
    RequestTime: 1.5,
    Latency: { Total: 1.5, Upstream: 1, Gateway: 0.5 },
    RawRequest: '',
    RawResponse: '',
    IPAddress: '127.0.0.1',
    Tags: ['org-default', 'api-test-api'],
    TrackPath: false,
    TimeStamp: time.toISOString(),
    Day: time.getUTCDate(),
    Month: time.getUTCMonth() + 1,
    Year: time.getUTCFullYear(),
    Hour: time.getUTCHours(),
    ExpireAt: '',
    ErrorCode: '',
    Plugin: '',
    PluginHook: '',
    PluginErrors: [],
    ...fields,
  }
}
