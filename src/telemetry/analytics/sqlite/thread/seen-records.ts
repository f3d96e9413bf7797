import type { DatabaseSync } from 'node:sqlite'
import type { AnalyticsRecord } from '../../../../plugin/contract/analytics.ts'
import type { AnalyticsQuery } from '../../query.ts'

/** Of a record what questions are about. */
export interface SeenRecord {
  /** Unix milliseconds. */
  readonly at: number
  readonly api: string
  readonly key: string
  readonly status: number
  readonly path: string
  readonly plugin: string
  /** Milliseconds. */
  readonly total: number
  readonly upstream: number
}

const BATCHES = 'SELECT first_at, records FROM batch WHERE last_at >= ? AND first_at < ?'

/** The records that a question is about, but for those that have come to their end. */
export function* seenRecords(database: DatabaseSync, query: AnalyticsQuery): Generator<SeenRecord> {
  const now = Date.now()
  for (const { first_at: firstAt, records } of database.prepare(BATCHES).iterate(query.from, query.to)) {
    for (const record of JSON.parse(String(records)) as AnalyticsRecord[]) {
      if (record.ExpireAt && Date.parse(record.ExpireAt) <= now) continue
      const seen = seenRecord(record, Number(firstAt))
      if (isAskedFor(seen, query)) yield seen
    }
  }
}

/** A plugin may have put anything anywhere. */
function seenRecord(record: AnalyticsRecord, firstAt: number): SeenRecord {
  const { TimeStamp, APIID, APIKey, ResponseCode, Path, Plugin, Latency } = record
  const at = Date.parse(TimeStamp)
  return {
    at: Number.isNaN(at) ? firstAt : at,
    api: text(APIID),
    key: text(APIKey),
    status: Math.round(amount(ResponseCode)),
    path: text(Path),
    plugin: text(Plugin),
    total: amount(Latency?.Total),
    upstream: amount(Latency?.Upstream),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function amount(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function isAskedFor(seen: SeenRecord, { from, to, api, key, status, path, plugin }: AnalyticsQuery): boolean {
  if (seen.at < from || seen.at >= to) return false
  if (status !== undefined && (seen.status < status[0] || seen.status > status[1])) return false
  if (api !== undefined && seen.api !== api) return false
  if (key !== undefined && seen.key !== key) return false
  return (path === undefined || seen.path === path) && (plugin === undefined || seen.plugin === plugin)
}
