import { failure } from '../errors.ts'
import type { AnalyticsRecord } from './contract/analytics.ts'
import { kindOf } from './plugin-step.ts'

const TEXTS = [
  'Method',
  'Host',
  'Path',
  'RawPath',
  'OriginalPath',
  'ListenPath',
  'UserAgent',
  'APIKey',
  'APIVersion',
  'APIName',
  'APIID',
  'OrgID',
  'OauthID',
  'Alias',
  'RawRequest',
  'RawResponse',
  'IPAddress',
  'ErrorCode',
  'Plugin',
  'PluginHook',
]
const NUMBERS = ['ContentLength', 'ResponseCode', 'RequestTime', 'Day', 'Month', 'Year', 'Hour']

/**
 * Makes sure that what a plugin left of a record can be queued: the known fields are what they were, and the others JSON.
 *
 * @throws `record_field_invalid`
 */
export function checkRecord(plugin: string, record: AnalyticsRecord): void {
  const { Latency, Tags, TimeStamp, ExpireAt } = record
  for (const field of TEXTS) expect(plugin, field, record[field], 'a text', typeof record[field] === 'string')
  for (const field of NUMBERS) expect(plugin, field, record[field], 'a number', Number.isFinite(record[field]))
  for (const field of ['Total', 'Upstream', 'Gateway'] as const)
    expect(plugin, `Latency.${field}`, Latency?.[field], 'a number', Number.isFinite(Latency?.[field]))
  expect(plugin, 'Tags', Tags, 'a list of texts', Array.isArray(Tags) && Tags.every((tag) => typeof tag === 'string'))
  expect(plugin, 'TrackPath', record.TrackPath, 'true or false', typeof record.TrackPath === 'boolean')
  expect(plugin, 'TimeStamp', TimeStamp, 'a time', isTime(TimeStamp))
  expect(plugin, 'ExpireAt', ExpireAt, 'a time, or ""', ExpireAt === '' || isTime(ExpireAt))
  for (const [field, value] of Object.entries(record)) {
    if (typeof value !== 'object' || value === null) continue
    // A value that JSON cannot hold, or that holds itself, throws here.
    record[field] = JSON.parse(JSON.stringify(value))
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

function expect(plugin: string, field: string, value: unknown, expected: string, isFit: boolean): void {
  if (!isFit) throw failure('record_field_invalid', { plugin, field, found: kindOf(value), expected })
}
