/**
 * One finished request, as it is queued for analytics. Field names are those of the classic record; durations are
 * milliseconds.
 */
export interface AnalyticsRecord {
  Method: string
  Host: string
  Path: string
  RawPath: string
  ContentLength: number
  UserAgent: string
  ResponseCode: number
  APIKey: string
  APIVersion: string
  APIName: string
  APIID: string
  OrgID: string
  Alias: string
  RequestTime: number
  Latency: { Total: number; Upstream: number; Gateway: number }
  IPAddress: string
  Tags: string[]
  TimeStamp: string
  [field: string]: unknown
}

/** A plugin that sees, and may change, a record before it is queued (`analytics_plugin`, `traffic_logs`). */
export type AnalyticsPlugin = (record: AnalyticsRecord) => void
