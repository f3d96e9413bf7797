import * as z from 'zod'
import { failure } from '../../../errors.ts'
import type { Analytics } from '../../../telemetry/analytics/analytics.ts'
import { groupings } from '../../../telemetry/analytics/query.ts'
import { errorDoc, okAnswer } from '../answers.ts'
import { type Endpoint, endpoint, text } from '../endpoint.ts'
import { readQuery } from './read-query.ts'

export interface AnalyticsTools {
  /** The records of requests; null where there are none. */
  readonly analytics: Pick<Analytics, 'query'> | null
}

/** Loose, so that a parameter that is not known can be told of. */
const query = z.looseObject({
  from: text('The first moment: ISO 8601, or Unix seconds. Default: an hour before `to`'),
  to: text('The end, exclusive, likewise. Default: now'),
  api: text('Of this API alone, by its `api_id`'),
  key: text('Of this key alone, as it is stored'),
  status: text('With this status alone, for instance `404`, or with one of a class, `5xx`'),
  path: text('On this path alone, as it was recorded'),
  plugin: text('That this plugin answered, or that failed with it'),
  group_by: text(`One of ${groupings.map((name) => `\`${name}\``).join(', ')}. Default: no groups`),
  bucket: text('With `group_by=time`, how long a group is: `30s`, `1m`, `1h`, `1d`. Default `1m`'),
  limit: text('How many groups at most, 1 to 1000: the largest, or the latest of `time`. Default 100'),
})

const latency = z.strictObject({ mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })

const summary = {
  requests: z.int(),
  errors: z.int().describe('With a status of 400 or above'),
  latency_ms: latency.describe('Milliseconds from the first step to the last byte; percentiles are within 1 %'),
  upstream_ms: latency.describe('Milliseconds until the upstream began its response, where it was asked'),
}

const answer = z.strictObject({
  from: z.string(),
  to: z.string(),
  group_by: z.enum(groupings).optional(),
  total: z.strictObject(summary),
  groups: z.array(
    z.strictObject({
      group: z.union([z.string(), z.int()]).describe('What the group has in common; when it begins, for `time`'),
      ...summary,
    }),
  ),
  truncated: z.boolean().describe('Whether there are more groups than `limit`'),
})

/** `/tyk/analytics`. */
export function analyticsEndpoints({ analytics }: AnalyticsTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/analytics',
      summary: 'Count the requests that were recorded, and how long they took',
      tag: 'analytics',
      query,
      responses: {
        200: { description: 'The counts', schema: answer },
        ...errorDoc('analytics_query_invalid'),
        ...errorDoc('analytics_off'),
        ...errorDoc('records_failed'),
        ...errorDoc('analytics_unanswered'),
      },
      async handle({ query: given }) {
        if (!analytics) throw failure('analytics_off', undefined)
        const read = readQuery(given, Date.now())
        const { total, groups, truncated } = await analytics.query(read)
        const { from, to, groupBy } = read
        const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        return okAnswer({ ...times, ...(groupBy && { group_by: groupBy }), total, groups, truncated })
      },
    }),
  ]
}
