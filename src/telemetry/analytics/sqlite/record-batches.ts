import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'
import type { RecordBatch } from './operations.ts'

/** Records that end within so many milliseconds of one another are kept, and removed, together. */
const SAME_END_MS = 60_000

/** Records as they are written: those that are to be removed at about the same time in one piece. */
export function batchesOf(records: readonly AnalyticsRecord[]): RecordBatch[] {
  if (records.every(({ ExpireAt }) => ExpireAt === '')) return [batchOf(records, null)]
  const byEnd = Map.groupBy(records, ({ ExpireAt }) => endOf(ExpireAt))
  return [...byEnd].map(([end, ending]) => batchOf(ending, end))
}

/** Null for never: that of a record whose end a plugin has made something else as well. */
function endOf(expireAt: string): number | null {
  const end = Math.ceil(Date.parse(expireAt) / SAME_END_MS) * SAME_END_MS
  return Number.isNaN(end) ? null : end
}

function batchOf(records: readonly AnalyticsRecord[], expiresAt: number | null): RecordBatch {
  let firstAt = Number.POSITIVE_INFINITY
  let lastAt = Number.NEGATIVE_INFINITY
  for (const { TimeStamp } of records) {
    const at = timeOf(TimeStamp)
    firstAt = Math.min(firstAt, at)
    lastAt = Math.max(lastAt, at)
  }
  return { firstAt, lastAt, expiresAt, records: JSON.stringify(records) }
}

let lastText = ''
let lastTime = 0

/** Of many records the time is the same. One that a plugin has made something else is now. */
function timeOf(text: string): number {
  if (text === lastText) return lastTime
  const at = Date.parse(text)
  if (Number.isNaN(at)) return Date.now()
  lastText = text
  lastTime = at
  return at
}
