import type { AnalyticsRecord } from '../../../plugin/contract/analytics.ts'

/** Records as JSON, one a line. */
export function toLines(records: readonly AnalyticsRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}
