/** What records can be counted by. */
export const groupings = ['api', 'key', 'status', 'path', 'plugin', 'time'] as const
export type Grouping = (typeof groupings)[number]

/** A question on records. Times are Unix milliseconds; what is missing narrows nothing. */
export interface AnalyticsQuery {
  /** From here on. */
  readonly from: number
  /** Up to here, exclusive. */
  readonly to: number
  readonly api?: string
  readonly key?: string
  /** The first and the last status. */
  readonly status?: readonly [first: number, last: number]
  readonly path?: string
  readonly plugin?: string
  readonly groupBy: Grouping | null
  /** How long a group of `time` is, in milliseconds. */
  readonly bucketMs: number
  /** How many groups are answered at most: the largest, or the latest of `time`. */
  readonly limit: number
}

/** Milliseconds. Percentiles are within 1 % of the truth. */
export interface LatencySummary {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface Summary {
  readonly requests: number
  /** Those with a status of 400 or above. */
  readonly errors: number
  readonly latency_ms: LatencySummary
  /** Of those for which the upstream was asked. */
  readonly upstream_ms: LatencySummary
}

/** The requests of one group; `group` is '' for those that have no key, or that no plugin answered. */
export interface GroupSummary extends Summary {
  /** The API's id, the key, the path, the plugin; the status; when the stretch of time begins, as ISO 8601. */
  readonly group: string | number
}

export interface AnalyticsAnswer {
  readonly total: Summary
  readonly groups: readonly GroupSummary[]
  /** Whether there are more groups. */
  readonly truncated: boolean
}
